import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { Changes } from '../../realtime/changes.ts';
import { SEATS_AT_ONCE } from '../../sales/blocks/release-seats.ts';
import type { Change } from '../plugin.ts';

/**
 * Works on many seats in several transactions, so that buyers who want some of them wait for one batch and not for all. Between batches
 * it leaves the event to them for half of the time. Seats that fit in one batch are part of the change itself: all or nothing.
 */
export async function inBatches(
  { db, live }: Pick<FastifyInstance, 'db' | 'live'>,
  { trx, afterCommit }: Pick<Change, 'trx' | 'afterCommit'>,
  seatIds: string[],
  work: (trx: Db, seatIds: string[]) => Promise<Changes[]>,
): Promise<void> {
  if (seatIds.length <= SEATS_AT_ONCE) {
    const changes = await work(trx, seatIds);
    afterCommit(() => live.publish(changes));
    return;
  }
  for (let from = 0; from < seatIds.length; from += SEATS_AT_ONCE) {
    const begun = performance.now();
    const batch = seatIds.slice(from, from + SEATS_AT_ONCE);
    live.publish(await db.transaction().execute((own) => work(own, batch)));
    // The transaction of the answer would time out.
    await sql`SELECT`.execute(trx);
    if (from + SEATS_AT_ONCE < seatIds.length) await sleep((performance.now() - begun) / 2);
  }
}
