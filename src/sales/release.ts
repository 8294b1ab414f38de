import { type NotNull, sql } from 'kysely';
import type { Db } from '../database/database.ts';
import type { Changes } from './changes.ts';

/**
 * Ends reservations and gives back what they claimed, in the caller's transaction. The caller has locked the rows of
 * `reservations`; here follow the seats and then the stock, each in the order of their ids. As every decision takes its locks
 * in this order (reservations, seats, stock), none can wait for another in a circle.
 */
export async function release(
  trx: Db,
  reservationIds: string[],
  status: 'cancelled' | 'expired',
): Promise<Changes[]> {
  await trx
    .updateTable('reservations')
    .set({
      status,
      updated_at: sql`now()`,
      // Only what was paid for can be refunded.
      payment_status: sql`CASE WHEN payment_status = 'completed' THEN 'refunded' ELSE payment_status END`,
    })
    .where('id', 'in', reservationIds)
    .execute();

  await trx
    .selectFrom('seats')
    .select('id')
    .where('id', 'in', (items) =>
      items
        .selectFrom('reservation_items')
        .select('seat_id')
        .where('reservation_id', 'in', reservationIds)
        .where('released_at', 'is', null)
        .where('seat_id', 'is not', null)
        .$narrowType<{ seat_id: NotNull }>(),
    )
    .orderBy('id')
    .forUpdate()
    .execute();

  const claims = await trx
    .updateTable('reservation_items')
    .set({ released_at: sql<string>`now()` })
    .where('reservation_id', 'in', reservationIds)
    .where('released_at', 'is', null)
    .returning(['seat_id', 'ticket_type_id', 'quantity'])
    .execute();

  const changes = new Map<string, Changes>();
  const of = (eventId: string) => {
    const known = changes.get(eventId) ?? { eventId, seats: [], stock: [] };
    changes.set(eventId, known);
    return known;
  };

  const seatIds = claims.flatMap(({ seat_id }) => seat_id ?? []);
  if (seatIds.length > 0) {
    const seats = await trx
      .updateTable('seats')
      .set({ status: 'available', version: sql`version + 1` })
      .where('id', 'in', seatIds)
      .returning(['id', 'event_id', 'version'])
      .execute();
    for (const { id, event_id, version } of seats)
      of(event_id).seats.push({ seatId: id, status: 'available', version });
  }

  const returned = new Map<string, number>();
  for (const { ticket_type_id, quantity } of claims) {
    if (ticket_type_id) returned.set(ticket_type_id, (returned.get(ticket_type_id) ?? 0) + quantity);
  }
  for (const [ticketTypeId, quantity] of [...returned].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const type = await trx
      .updateTable('ticket_types')
      .set({ available_quantity: sql`available_quantity + ${quantity}`, version: sql`version + 1` })
      .where('id', '=', ticketTypeId)
      .returning(['event_id', 'available_quantity', 'total_quantity', 'version'])
      .executeTakeFirstOrThrow();
    of(type.event_id).stock.push({
      ticketTypeId,
      availableQuantity: type.available_quantity,
      totalQuantity: type.total_quantity,
      version: type.version,
    });
  }
  return [...changes.values()];
}
