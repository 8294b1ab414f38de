import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { runFile } from './sql-file.ts';

/** Decides in temporary tables what each row of the source becomes. Nothing else is written. */
export async function plan(db: Db): Promise<void> {
  for (const file of ['halls', 'events', 'reservations', 'items', 'conflicts']) await runFile(db, file);
  while (await undecided(db)) await runFile(db, 'conflict-round');
  await runFile(db, 'stock');
}

async function undecided(db: Db): Promise<boolean> {
  const { rows } = await sql<{ left: boolean }>`
    SELECT EXISTS (SELECT FROM contests WHERE won IS NULL) AS left`.execute(db);
  return rows[0]?.left === true;
}
