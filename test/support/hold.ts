import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Db } from '../../src/database/database.ts';
import { eventually } from './wait.ts';

/**
 * Takes locks in a transaction of its own and keeps them, as somebody who is stuck would.
 *
 * @param take locks what is to be held
 * @returns lets go, and resolves when the locks are free
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

/** Keeps the row of a ticket type locked, so that everybody who buys of it waits. */
export function holdStock(db: Db, ticketTypeId: string): Promise<() => Promise<void>> {
  return hold(db, (trx) =>
    trx.selectFrom('ticket_types').select('id').where('id', '=', ticketTypeId).forUpdate().execute(),
  );
}

/** Keeps everybody from keeping an answer under an idempotency key, though not from looking for one. */
export function holdKeys(db: Db): Promise<() => Promise<void>> {
  return hold(db, (trx) => sql`LOCK TABLE idempotency_keys IN EXCLUSIVE MODE`.execute(trx));
}

/** Resolves when somebody waits for that: his request is under way and can't end. */
export async function waitsForKeys(db: Db): Promise<void> {
  await eventually(async () => {
    const { rows } = await sql`
      SELECT FROM pg_locks WHERE relation = 'idempotency_keys'::regclass AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db);
    expect(rows).toHaveLength(1);
  });
}

/** How many transactions wait for a lock at this moment. */
export async function lockWaiters(db: Db): Promise<number> {
  const { rows } = await sql`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db);
  return rows.length;
}

/** Resolves when the work is over, well or not, or can't go on before somebody lets go of a lock, as so many others can't. */
export async function overOrWaiting(db: Db, work: Promise<unknown>, waiters: number): Promise<void> {
  let over = false;
  const end = () => {
    over = true;
  };
  work.then(end, end);
  await eventually(async () => expect(over || (await lockWaiters(db)) === waiters).toBe(true));
}
