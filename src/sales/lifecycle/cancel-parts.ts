import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { PaymentStatus } from '../../database/schema.ts';
import { changesIn } from './changes.ts';
import { lockClaims } from './lock-claims.ts';
import { mayRemain } from './may-remain.ts';
import { makeDue } from './refund.ts';
import { type Effect, refuse } from './release.ts';

/** A part of a reservation: a seat, or a number of tickets of one type. */
export type Part = { seatId: string } | { ticketTypeId: string; quantity: number };

interface LiveReservation {
  id: string;
  event_id: string;
  payment_status: PaymentStatus;
  payment_id: string | null;
}

/**
 * Cancels a part of a live reservation whose row the caller has locked. What is left is to be paid, or stays paid.
 *
 * @param byBuyer leaves only what could have been sold by itself. An organizer may leave less
 * @returns the effect, or nothing if the parts are all that is left: then the reservation ends
 */
export async function cancelParts(
  trx: Db,
  reservation: LiveReservation,
  parts: Part[],
  byBuyer: boolean,
): Promise<Effect | undefined> {
  const items = await trx
    .selectFrom('reservation_items')
    .select([
      'position',
      sql<string>`coalesce(seat_id, ticket_type_id)`.as('of'),
      sql<number>`quantity - cancelled_quantity`.as('claimed'),
      'unit_price',
    ])
    .where('reservation_id', '=', reservation.id)
    .where('released_at', 'is', null)
    .orderBy('position')
    .execute();
  const wanted = new Map<string, number>();
  for (const part of parts) {
    const [of, quantity] = 'seatId' in part ? [part.seatId, 1] : [part.ticketTypeId, part.quantity];
    wanted.set(of, (wanted.get(of) ?? 0) + quantity);
  }
  const given = items.map((item) => {
    const quantity = Math.min(item.claimed, wanted.get(item.of) ?? 0);
    wanted.set(item.of, (wanted.get(item.of) ?? 0) - quantity);
    return { ...item, quantity };
  });
  if ([...wanted.values()].some((missing) => missing > 0)) return refuse('ITEMS_NOT_HELD');
  if (given.every(({ quantity, claimed }) => quantity === claimed)) return undefined;
  if (byBuyer && !(await mayRemain(trx, reservation.id, given))) return refuse('RESERVATION_NOT_CANCELLABLE');

  const isPaid = reservation.payment_status === 'completed';
  // What stays may be sold at the end. By then the version of the event is locked, too late to wait for seats.
  await lockClaims(trx, reservation.id);
  await sql`
    UPDATE reservation_items item SET
      cancelled_quantity = item.cancelled_quantity + part.quantity,
      cancelled_unpaid = item.cancelled_unpaid + CASE WHEN ${isPaid} THEN 0 ELSE part.quantity END,
      released_at = CASE WHEN item.cancelled_quantity + part.quantity = item.quantity THEN now() END
    FROM unnest(${given.map(({ position }) => position)}::smallint[], ${given.map(({ quantity }) => quantity)}::integer[])
      AS part (position, quantity)
    WHERE item.reservation_id = ${reservation.id} AND item.position = part.position AND part.quantity > 0`.execute(
    trx,
  );
  const amount = given.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
  await reduceTotal(trx, reservation.id, amount);
  if (isPaid)
    await makeDue(trx, reservation.id, {
      paymentId: reservation.payment_id,
      amount,
      reason: 'cancelled_in_part',
    });
  return { changes: await changesIn(trx, [reservation.event_id]) };
}

/** A hold of which only free seats and tickets are left is confirmed: there is no payment to wait for. */
async function reduceTotal(trx: Db, reservationId: string, amount: number): Promise<void> {
  const free = sql`status = 'pending' AND total_amount = ${amount}::bigint`;
  await sql`
    UPDATE reservations SET
      total_amount = total_amount - ${amount}::bigint,
      status = CASE WHEN ${free} THEN 'confirmed' ELSE status END,
      payment_status = CASE WHEN ${free} THEN 'completed' ELSE payment_status END,
      confirmed_at = CASE WHEN ${free} THEN now() ELSE confirmed_at END,
      updated_at = now()
    WHERE id = ${reservationId}`.execute(trx);
}
