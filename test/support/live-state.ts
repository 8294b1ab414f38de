import { expect } from 'vitest';
import type { Db } from '../../src/database/database.ts';
import { type LiveEvent, STATUS_CODES } from '../../src/live/types.ts';

/** An event in the form in which memory and PostgreSQL are compared. */
export interface State {
  eventId: string;
  version: number;
  layout: number;
  seats: Record<string, [status: number, version: number]>;
  stock: Record<string, [available: number, total: number, version: number]>;
}

export async function stateInDatabase(db: Db, eventId: string): Promise<State> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const { version, layout } = await trx
        .selectFrom('event_seats')
        .select(['version', 'layout'])
        .where('event_id', '=', eventId)
        .executeTakeFirstOrThrow();
      const seats = await trx.selectFrom('seats').selectAll().where('event_id', '=', eventId).execute();
      const types = await trx
        .selectFrom('ticket_types')
        .selectAll()
        .where('event_id', '=', eventId)
        .execute();
      return {
        eventId,
        version,
        layout,
        seats: Object.fromEntries(seats.map((seat) => [seat.id, [STATUS_CODES[seat.status], seat.version]])),
        stock: Object.fromEntries(
          types.map((type) => [type.id, [type.available_quantity, type.total_quantity, type.version]]),
        ),
      };
    });
}

function stateInMemory(event: LiveEvent): State {
  return {
    eventId: event.eventId,
    version: event.version,
    layout: event.layout.number,
    seats: Object.fromEntries(
      event.layout.ids.map((id, index) => [
        id,
        [event.statuses[index] as number, event.seatVersions[index] as number],
      ]),
    ),
    stock: Object.fromEntries(
      [...event.stock.values()].map((each) => [
        each.ticketTypeId,
        [each.availableQuantity, each.totalQuantity, each.version],
      ]),
    ),
  };
}

/** Expects that the event in memory is exactly the one in PostgreSQL. */
export async function expectTrue(db: Db, event: LiveEvent): Promise<void> {
  const inDatabase = await stateInDatabase(db, event.eventId);
  expect(stateInMemory(event)).toEqual(inDatabase);
  const free = Object.values(inDatabase.seats).filter(([status]) => status === 0).length;
  expect(event.availableSeats).toBe(free);
}
