import { readdir } from 'node:fs/promises';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import type { Db } from './database.ts';

const folder = new URL('../../migrations/', import.meta.url);

/** Kysely's own FileMigrationProvider joins paths for `import()`, which fails on Windows; URLs work everywhere. */
const provider: MigrationProvider = {
  async getMigrations() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
    const migrations: Record<string, Migration> = {};
    for (const name of names) migrations[name.slice(0, -3)] = await import(new URL(name, folder).href);
    return migrations;
  },
};

/**
 * Brings the database to the newest schema; does nothing where it is there already. Kysely's migrator takes a lock in
 * PostgreSQL, so any number of instances may start at once.
 *
 * @returns the names of the migrations that were applied now
 * @throws what the failing migration threw; all of them run in one transaction, so that nothing is half done
 */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}
