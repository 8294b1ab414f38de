import { sql } from 'kysely';
import type { Db } from '../database/database.ts';

/**
 * PostgreSQL's advisory locks know numbers, ours have names: `hashtextextended` makes one of the other, here as in `sql/`. Two names
 * with one number would only wait for each other. See lock-names.ts.
 */

/**
 * Takes the locks until the end of the transaction, waiting for those who have them: in the order of their numbers, as everybody
 * does (see `sql/lock-users.sql`), and before any row's lock, so that nobody waits in a circle.
 */
export async function lockNames(trx: Db, names: string[]): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(number)
    FROM (SELECT DISTINCT hashtextextended(name, 0) AS number FROM unnest(${names}::text[]) AS n (name) ORDER BY 1) AS numbers`.execute(
    trx,
  );
}

/** Takes the lock until the end of the transaction, or says at once that somebody has it. */
export async function tryLockName(trx: Db, name: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) AS locked`.execute(trx);
  return rows[0]?.locked === true;
}
