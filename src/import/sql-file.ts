import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { Db } from '../database/database.ts';

/** Runs the statements of a file of `sql/`. */
export async function runFile(db: Db, name: string): Promise<void> {
  await sql.raw(readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')).execute(db);
}
