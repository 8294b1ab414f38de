import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { SaleSettings } from '../config.ts';
import type { Db } from '../database/database.ts';
import type { SeatStatus } from '../database/schema.ts';
import { Problem } from '../errors.ts';
import type { Changes, SeatChange } from './changes.ts';
import { countClaims, insertReservation, oneAtATime, requireOnSale } from './rules.ts';

export interface HeldSeat {
  id: string;
  seat_label: string;
  price: number;
  status: SeatStatus;
}

export interface HeldReservation {
  id: string;
  reservationNumber: string;
  /** Whole won. */
  totalAmount: number;
  expiresAt: string;
}

export type SeatHold = HeldReservation & { seats: HeldSeat[] };

/**
 * Holds all the seats for the user, or none.
 *
 * @throws Problem EVENT_NOT_FOUND, EVENT_CANCELLED, SALE_NOT_STARTED, SALE_ENDED, SOLD_OUT, TOO_MANY_SEATS, SEAT_NOT_FOUND,
 *   SEAT_UNAVAILABLE
 */
export async function holdSeats(
  db: Db,
  settings: SaleSettings,
  request: { userId: string; eventId: string; seatIds: string[] },
): Promise<{ hold: SeatHold; changes: Changes }> {
  const { userId, eventId, seatIds } = request;
  if (seatIds.length > settings.maxSeatsPerReservation) throw new Problem('TOO_MANY_SEATS');

  return await db.transaction().execute(async (trx) => {
    await requireOnSale(trx, eventId);
    await oneAtATime(trx, userId, eventId);
    const { seats: claimed } = await countClaims(trx, userId, eventId);
    if (claimed + seatIds.length > settings.maxSeatsPerUser) throw new Problem('TOO_MANY_SEATS');

    const seats = await trx
      .selectFrom('seats')
      .select(['id', 'seat_label', 'price', 'status'])
      .where('event_id', '=', eventId)
      .where('id', 'in', seatIds)
      .orderBy('id')
      .forUpdate()
      .execute();
    if (seats.length < seatIds.length) throw new Problem('SEAT_NOT_FOUND');
    if (seats.some(({ status }) => status !== 'available')) throw new Problem('SEAT_UNAVAILABLE');

    const totalAmount = seats.reduce((sum, { price }) => sum + price, 0);
    const reservation = await insertReservation(trx, {
      userId,
      eventId,
      totalAmount,
      holdSeconds: settings.holdSeconds,
    });
    await trx
      .insertInto('reservation_items')
      .values(
        seats.map(({ id, price }) => ({
          id: randomUUID(),
          reservation_id: reservation.id,
          seat_id: id,
          ticket_type_id: null,
          quantity: 1,
          unit_price: price,
        })),
      )
      .execute();
    const locked = await trx
      .updateTable('seats')
      .set({ status: 'locked', version: sql`version + 1` })
      .where('id', 'in', seatIds)
      .returning(['id as seatId', 'status', 'version'])
      .execute();

    return {
      hold: { ...reservation, seats: seats.map((seat) => ({ ...seat, status: 'locked' as const })) },
      changes: { eventId, seats: locked satisfies SeatChange[], stock: [] },
    };
  });
}
