import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Db } from '../../src/database/database.ts';
import { eventually } from './wait.ts';

/**
 * Takes locks in a transaction of its own and keeps them, as a stuck client would.
 *
 * @param take takes the locks
 * @returns ends the transaction, and resolves when the locks are free
 */
export async function hold(db: Db, take: (trx: Db) => Promise<unknown>): Promise<() => Promise<void>> {
  const taken = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const holder = db.transaction().execute(async (trx) => {
    await take(trx);
    taken.resolve();
    await letGo.promise;
  });
  await Promise.race([taken.promise, holder]);
  return async () => {
    letGo.resolve();
    await holder;
  };
}

/** Locks the row of a ticket type, so that every purchase of it waits. */
export function holdStock(db: Db, ticketTypeId: string): Promise<() => Promise<void>> {
  return hold(db, (trx) =>
    trx.selectFrom('ticket_types').select('id').where('id', '=', ticketTypeId).forUpdate().execute(),
  );
}

/** Locks all seats of an event. */
export function holdSeats(db: Db, eventId: string): Promise<() => Promise<void>> {
  return hold(db, (trx) =>
    trx.selectFrom('seats').select('id').where('event_id', '=', eventId).forUpdate().execute(),
  );
}

/** Lets requests look for an answer under an idempotency key, but keeps them from storing one. */
export function holdKeys(db: Db): Promise<() => Promise<void>> {
  return hold(db, (trx) => sql`LOCK TABLE idempotency_keys IN EXCLUSIVE MODE`.execute(trx));
}

/**
 * The backends of this database that wait for a lock at this moment.
 *
 * @param table counts only those that wait for the lock of this table
 */
export async function lockWaiters(db: Db, table?: string): Promise<number[]> {
  const ofTable = sql`AND EXISTS (
    SELECT FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted AND l.relation = ${table}::regclass)`;
  const { rows } = await sql<{ pid: number }>`
    SELECT pid FROM pg_stat_activity a WHERE datname = current_database() AND wait_event_type = 'Lock'
    ${table === undefined ? sql`` : ofTable}`.execute(db);
  return rows.map(({ pid }) => pid);
}

/** Waits until exactly so many backends wait for a lock, and returns them. */
export function untilLockWaiters(db: Db, count: number, table?: string): Promise<number[]> {
  return eventually(async () => {
    const waiters = await lockWaiters(db, table);
    expect(waiters).toHaveLength(count);
    return waiters;
  });
}

/** Waits until the work has ended, well or not, or exactly so many backends wait for a lock. */
export async function untilEndedOrWaiting(db: Db, work: Promise<unknown>, waiters: number): Promise<void> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  await eventually(async () => expect(ended || (await lockWaiters(db)).length === waiters).toBe(true));
}
