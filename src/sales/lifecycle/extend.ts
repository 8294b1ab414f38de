import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { lockNames } from '../../idempotency/advisory-locks.ts';
import { pairKey } from '../../idempotency/lock-names.ts';
import { effectiveStatus } from './effective-status.ts';
import { isOver } from './event-over.ts';

/** A reservation that got more time. */
export interface Extended {
  id: string;
  expiresAt: string;
}

/**
 * Gives a pending reservation more time, once.
 *
 * @returns when it expires now, or why it is refused: RESERVATION_NOT_FOUND, RESERVATION_EXPIRED, RESERVATION_NOT_EXTENDABLE (it is
 *   extended already, paid or cancelled, or its event is cancelled, has begun, or gives no more time)
 */
export async function extendReservation(
  trx: Db,
  userId: string,
  reservationId: string,
  defaultSeconds: number,
): Promise<Extended | ErrorCode> {
  const mine = trx.selectFrom('reservations').where('id', '=', reservationId).where('user_id', '=', userId);
  const known = await mine.select('event_id').executeTakeFirst();
  if (!known) return 'RESERVATION_NOT_FOUND';
  // A batch that counts this user's claims at this moment must not take this one for expired and grant others in its place.
  await lockNames(trx, [pairKey(userId, known.event_id)]);
  const reservation = await mine
    .select([effectiveStatus.as('status'), 'extended_at'])
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!reservation) return 'RESERVATION_NOT_FOUND';
  if (reservation.status === 'expired') return 'RESERVATION_EXPIRED';
  if (reservation.status !== 'pending' || reservation.extended_at !== null)
    return 'RESERVATION_NOT_EXTENDABLE';
  const event = await trx
    .selectFrom('events')
    .select([isOver.as('over'), 'extend_seconds'])
    .where('id', '=', known.event_id)
    .executeTakeFirstOrThrow();
  const seconds = event.extend_seconds ?? defaultSeconds;
  if (event.over || seconds === 0) return 'RESERVATION_NOT_EXTENDABLE';
  return await trx
    .updateTable('reservations')
    .set({
      expires_at: sql`expires_at + make_interval(secs => ${seconds})`,
      extended_at: sql<string>`now()`,
      updated_at: sql`now()`,
    })
    .where('id', '=', reservationId)
    .returning(['id', 'expires_at as expiresAt'])
    .executeTakeFirstOrThrow();
}
