import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

export const isOver = sql<boolean>`status = 'cancelled' OR event_date <= statement_timestamp()`;

/**
 * Whether an event is cancelled or has begun: no payment counts any more, and no hold gets more time. Ask once the reservation is
 * locked: a statement sees what was committed when it began, so that this one sees an event that was cancelled while the transaction
 * waited for the lock.
 */
export async function isEventOver(trx: Db, eventId: string): Promise<boolean> {
  const { over } = await trx
    .selectFrom('events')
    .select(isOver.as('over'))
    .where('id', '=', eventId)
    .executeTakeFirstOrThrow();
  return over;
}
