import { sql } from 'kysely';
import type { Db } from '../database/database.ts';

/**
 * PostgreSQL's advisory locks have numbers, ours have names (lock-names.ts): `hashtextextended` maps one to the other, here and in the
 * sale engine's SQL. Two names with the same number only wait for each other.
 */

/**
 * Takes the locks until the end of the transaction, and waits for those that another transaction has. Every transaction takes them in
 * the order of their numbers (see `lock-users.sql`) and before any row lock, so that no two wait for each other.
 */
export async function lockNames(trx: Db, names: string[]): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(number)
    FROM (SELECT DISTINCT hashtextextended(name, 0) AS number FROM unnest(${names}::text[]) AS n (name) ORDER BY 1) AS numbers`.execute(
    trx,
  );
}

/** Takes the lock until the end of the transaction; `false` at once if another transaction has it. */
export async function tryLockName(trx: Db, name: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) AS locked`.execute(trx);
  return rows[0]?.locked === true;
}
