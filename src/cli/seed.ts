import { migrateToLatest } from '../database/migrate.ts';
import { describe, seed } from '../database/seed.ts';
import { withDatabase } from './with-database.ts';

/** `npm run seed`: brings the schema up to date and moves the demo data to today. */
await withDatabase(async (db) => {
  await migrateToLatest(db);
  return describe(await seed(db));
});
