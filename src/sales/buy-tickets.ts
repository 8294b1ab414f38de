import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { SaleSettings } from '../config.ts';
import type { Db } from '../database/database.ts';
import { Problem } from '../errors.ts';
import type { Changes } from './changes.ts';
import type { HeldReservation } from './hold-seats.ts';
import { countClaims, insertReservation, oneAtATime, requireOnSale } from './rules.ts';

export interface TicketRequest {
  userId: string;
  eventId: string;
  items: { ticketTypeId: string; quantity: number }[];
}

/**
 * Reserves tickets of one or more types for the user, all or none.
 *
 * @throws Problem EVENT_NOT_FOUND, EVENT_CANCELLED, SALE_NOT_STARTED, SALE_ENDED, DUPLICATE_TICKET_TYPE, TOO_MANY_TICKETS,
 *   TICKET_TYPE_NOT_FOUND (also for another event's), SOLD_OUT
 */
export async function buyTickets(
  db: Db,
  settings: SaleSettings,
  { userId, eventId, items }: TicketRequest,
): Promise<{ reservation: HeldReservation; changes: Changes }> {
  const quantities = new Map(items.map(({ ticketTypeId, quantity }) => [ticketTypeId, quantity]));
  if (quantities.size < items.length) throw new Problem('DUPLICATE_TICKET_TYPE');
  const wanted = items.reduce((sum, { quantity }) => sum + quantity, 0);
  if (wanted > settings.maxTicketsPerReservation) throw new Problem('TOO_MANY_TICKETS');
  const wants = (id: string) => quantities.get(id) ?? 0;

  return await db.transaction().execute(async (trx) => {
    await requireOnSale(trx, eventId);
    await oneAtATime(trx, userId, eventId);
    const { tickets: claimed } = await countClaims(trx, userId, eventId);
    if (claimed + wanted > settings.maxTicketsPerUser) throw new Problem('TOO_MANY_TICKETS');

    const types = await trx
      .selectFrom('ticket_types')
      .select(['id', 'price', 'available_quantity'])
      .where('event_id', '=', eventId)
      .where('id', 'in', [...quantities.keys()])
      .orderBy('id')
      .forUpdate()
      .execute();
    if (types.length < quantities.size) throw new Problem('TICKET_TYPE_NOT_FOUND');
    if (types.some(({ id, available_quantity }) => available_quantity < wants(id)))
      throw new Problem('SOLD_OUT');

    const totalAmount = types.reduce((sum, { id, price }) => sum + price * wants(id), 0);
    const reservation = await insertReservation(trx, {
      userId,
      eventId,
      totalAmount,
      holdSeconds: settings.holdSeconds,
    });
    await trx
      .insertInto('reservation_items')
      .values(
        types.map(({ id, price }) => ({
          id: randomUUID(),
          reservation_id: reservation.id,
          seat_id: null,
          ticket_type_id: id,
          quantity: wants(id),
          unit_price: price,
        })),
      )
      .execute();

    const changes: Changes = { eventId, seats: [], stock: [] };
    for (const { id } of types) {
      const type = await trx
        .updateTable('ticket_types')
        .set({ available_quantity: sql`available_quantity - ${wants(id)}`, version: sql`version + 1` })
        .where('id', '=', id)
        .returning(['available_quantity', 'total_quantity', 'version'])
        .executeTakeFirstOrThrow();
      changes.stock.push({
        ticketTypeId: id,
        availableQuantity: type.available_quantity,
        totalQuantity: type.total_quantity,
        version: type.version,
      });
    }
    return { reservation, changes };
  });
}
