import { CompiledQuery, sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { arrayOf, type Statement, statement } from '../../database/statements.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Changes, EventVersion, SeatChange, StockChange } from '../../realtime/changes.ts';

const claimed = statement<Claimed>(new URL('./sql/claimed.sql', import.meta.url));

/** What an operation changed, and why it was refused if it was. A refused operation may change something too: see `confirm.ts`. */
export interface Effect {
  changes: Changes[];
  refusal?: ErrorCode;
}

export function refuse(refusal: ErrorCode): Effect {
  return { changes: [], refusal };
}

/**
 * Ends reservations whose rows the caller has locked. The triggers of migrations 0003 and 0013 free their seats and stock, and make payments
 * due for refund. A payment stays `completed` until its refund is noted.
 *
 * @returns what is free again
 */
export async function release(
  trx: Db,
  reservationIds: string[],
  status: 'cancelled' | 'expired',
): Promise<Changes[]> {
  await sql`
    UPDATE reservations SET
      status = ${status},
      updated_at = now(),
      refund_due = refund_due OR payment_status = 'completed' AND total_amount > 0,
      refunded_at = CASE WHEN payment_status = 'completed' AND total_amount > 0 THEN NULL ELSE refunded_at END,
      -- Nothing is left to pay back if the parts that cost money were cancelled before.
      payment_status = CASE WHEN refunded_at IS NOT NULL AND total_amount = 0 THEN 'refunded' ELSE payment_status END,
      -- An operator may have entered a payment by hand.
      paid_at = CASE WHEN payment_status = 'completed' THEN coalesce(paid_at, now()) ELSE paid_at END
    WHERE id = ANY (${reservationIds}::uuid[])`.execute(trx);
  return await claimedBy(trx, reservationIds);
}

interface Claimed {
  seats: (SeatChange & Of)[];
  stock: (StockChange & Of)[];
  events: (EventVersion & Of)[];
}

/** Reads the seats and the stock that the reservations claim or claimed, without that of hidden ticket types, as they are now. */
export async function claimedBy(trx: Db, reservationIds: string[]): Promise<Changes[]> {
  const { text } = claimed([]);
  const { rows } = await trx.executeQuery(CompiledQuery.raw(text, [reservationIds]));
  return changesOf(rows as Claimed[]);
}

/** The same statement, for a batch. */
export function claimedStatement(reservationIds: string[]): Statement<Claimed> {
  return claimed([arrayOf(reservationIds, (id) => id)]);
}

/** What it found, event by event. */
export function changesOf([found]: Claimed[]): Changes[] {
  const { seats, stock, events } = found as Claimed;
  const byEvent = new Map<string, Changes>();
  for (const event of events) byEvent.set(event.eventId, { ...event, seats: [], stock: [] });
  for (const { eventId, ...seat } of seats) byEvent.get(eventId)?.seats.push(seat);
  for (const { eventId, ...each } of stock) byEvent.get(eventId)?.stock.push(each);
  return [...byEvent.values()];
}

interface Of {
  eventId: string;
}
