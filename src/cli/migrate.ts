import { migrateToLatest } from '../database/migrate.ts';
import { withDatabase } from './with-database.ts';

/** `npm run migrate`: brings the schema up to date. */
await withDatabase(async (db) => {
  const applied = await migrateToLatest(db);
  return applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The schema was up to date';
});
