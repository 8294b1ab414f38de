import { promises as fs } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FileMigrationProvider, Migrator } from 'kysely/migration';
import type { Db } from './database.ts';

const provider = new FileMigrationProvider({
  fs,
  path,
  migrationFolder: fileURLToPath(new URL('../../migrations', import.meta.url)),
  // By URL, because Windows can't import an absolute path.
  import: (file) => import(pathToFileURL(file).href),
});

/**
 * Brings the database to the newest schema, or does nothing when it is already there. Kysely's migrator takes a lock in
 * PostgreSQL, so any number of instances may start at once.
 *
 * @returns the names of the migrations that this call applied
 * @throws what the failing migration threw; all migrations run in one transaction, so none is left half done
 */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}
