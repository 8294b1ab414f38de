import type { EventChangesLog } from '../database/schema.ts';
import type { StatusCode } from './types.ts';

/** What the triggers note of a version, a list for each column. */
export type NotedChanges = Pick<
  EventChangesLog,
  | 'seat_ids'
  | 'seat_statuses'
  | 'seat_versions'
  | 'ticket_type_ids'
  | 'available_quantities'
  | 'total_quantities'
  | 'stock_versions'
>;

export function seatsIn({ seat_ids, seat_statuses, seat_versions }: NotedChanges) {
  return seat_ids.map((seatId, at) => ({
    seatId,
    status: seat_statuses[at] as StatusCode,
    version: seat_versions[at] as number,
  }));
}

/** @param hidden ticket types that are left out */
export function stockIn(noted: NotedChanges, hidden: string[]) {
  return noted.ticket_type_ids
    .map((ticketTypeId, at) => ({
      ticketTypeId,
      availableQuantity: noted.available_quantities[at] as number,
      totalQuantity: noted.total_quantities[at] as number,
      version: noted.stock_versions[at] as number,
    }))
    .filter(({ ticketTypeId }) => !hidden.includes(ticketTypeId));
}
