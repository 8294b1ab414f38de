import { migrateToLatest, schemaState } from '../database/migrate.ts';
import { withDatabase } from './with-database.ts';

/** `npm run migrate`: brings the schema up to date. */
await withDatabase(async (db) => {
  const applied = await migrateToLatest(db);
  if (applied.length > 0) return `Applied: ${applied.join(', ')}`;
  const { newer } = await schemaState(db);
  return newer.length > 0
    ? `The schema is newer than this build, which doesn't know ${newer.join(', ')}`
    : 'The schema was up to date';
});
