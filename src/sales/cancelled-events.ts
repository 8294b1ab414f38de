import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { record } from '../audit/record.ts';
import type { Db } from '../database/database.ts';
import { OutageLog } from '../lib/outage-log.ts';
import type { Changes } from '../realtime/changes.ts';
import { ENDED_AT_ONCE, endHolds, expire, ids } from './lifecycle/expire.ts';

/**
 * Ends what was sold of cancelled events. A trigger notes each cancellation, also one by SQL, in `event_cancellations`. Any instance
 * goes on with it: a transaction takes the row, cancels up to 500 reservations, and counts them in the row, so that a crash loses and
 * repeats nothing.
 *
 * @param changed called after each commit
 * @returns does what there is to do, until it is done or `closing()`, and tells how many cancellations were not finished before
 */
export function createEventCancellations(
  { db, queue, log }: Pick<FastifyInstance, 'db' | 'queue' | 'log'>,
  changed: (changes: Changes[]) => void,
): (closing: () => boolean) => Promise<number> {
  const clearing = new OutageLog(log, {
    fails: 'the waiting room of a cancelled event was not cleared; it will try again',
    works: 'the waiting rooms of cancelled events are cleared again',
  });

  /** Without Redis the reservations are cancelled all the same. */
  async function clearQueue(eventId: string): Promise<void> {
    try {
      await queue.clear(eventId);
      await sql`UPDATE event_cancellations SET queue_cleared_at = now() WHERE event_id = ${eventId}`.execute(
        db,
      );
      clearing.worked();
    } catch (error) {
      clearing.failed(error as Error);
    }
  }

  async function cancelReservations(eventId: string, closing: () => boolean): Promise<void> {
    const live = await liveReservations(db, eventId);
    while (live.length > 0 && !closing()) {
      const begun = performance.now();
      const batch = live.splice(0, ENDED_AT_ONCE);
      const ended = await cancelBatch(db, eventId, batch, live.length);
      // Another instance is at it.
      if (!ended) return;
      changed(ended);
      // Other events sell on: this takes at most two thirds of the time.
      await sleep((performance.now() - begun) / 2);
    }
    if (!closing()) await finish(db, eventId);
  }

  return async (closing) => {
    const open = await db
      .selectFrom('event_cancellations')
      .select(['event_id', 'queue_cleared_at'])
      .where('finished_at', 'is', null)
      .orderBy('requested_at')
      .execute();
    const failures: unknown[] = [];
    for (const { event_id, queue_cleared_at } of open) {
      if (closing()) break;
      if (queue_cleared_at === null) await clearQueue(event_id);
      // One event that is stuck doesn't hold up the others.
      await cancelReservations(event_id, closing).catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
    return open.length;
  };
}

async function liveReservations(db: Db, eventId: string): Promise<string[]> {
  const live = await db
    .selectFrom('reservations')
    .select('id')
    .where('event_id', '=', eventId)
    .where('status', 'in', ['pending', 'confirmed'])
    .orderBy('id')
    .execute();
  return ids(live);
}

/**
 * It leaves out reservations that another transaction is working on. The next round finds them again.
 *
 * @param rest how many are left after this batch
 * @returns what is free again, or nothing if another instance has the cancellation
 */
async function cancelBatch(
  db: Db,
  eventId: string,
  batch: string[],
  rest: number,
): Promise<Changes[] | undefined> {
  return await endHolds(db, async (trx, locked) => {
    if (!(await take(trx, eventId))) return undefined;
    const { rows } = await sql<{ id: string; refund: number }>`
      SELECT id, CASE payment_status WHEN 'completed' THEN total_amount ELSE 0 END AS refund FROM reservations
      WHERE id = ANY (${batch}::uuid[]) AND status IN ('pending', 'confirmed')
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
    const { changes, ended } = await expire(trx, ids(rows), locked, 'cancelled');
    const refunds = rows.filter(({ id, refund }) => ended.has(id) && refund > 0);
    await sql`
      UPDATE event_cancellations SET
        done = done + ${ended.size}::integer,
        reservations = done + ${ended.size + rest}::integer,
        refunds = refunds + ${refunds.length}::integer,
        refund_amount = refund_amount + ${refunds.reduce((sum, { refund }) => sum + refund, 0)}::bigint
      WHERE event_id = ${eventId}`.execute(trx);
    return changes;
  });
}

/** An event that has closed sells no more, so that there are no reservations but those that this finds. */
async function finish(db: Db, eventId: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await take(trx, eventId))) return;
    if ((await liveReservations(trx, eventId)).length > 0) return;
    const { rows } = await sql<{ reservations: number; refunds: number; refund_amount: number }>`
      UPDATE event_cancellations SET reservations = done, finished_at = now()
      WHERE event_id = ${eventId} AND queue_cleared_at IS NOT NULL
      RETURNING reservations, refunds, refund_amount`.execute(trx);
    const [after] = rows;
    if (!after) return;
    await record(trx, 'system', { action: 'event.cancellation_finished', entityId: eventId, eventId, after });
  });
}

/** Whether this transaction has the cancellation to itself, and it isn't finished. */
async function take(trx: Db, eventId: string): Promise<boolean> {
  const taken = await trx
    .selectFrom('event_cancellations')
    .select('event_id')
    .where('event_id', '=', eventId)
    .where('finished_at', 'is', null)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return taken !== undefined;
}
