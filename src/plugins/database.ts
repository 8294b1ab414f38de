import fp from 'fastify-plugin';
import {
  createDatabase,
  createPatientDatabase,
  type DatabaseSettings,
  type Db,
} from '../database/database.ts';
import { migrateToLatest } from '../database/migrate.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
  }
}

export default fp<{ settings: DatabaseSettings; migrate: boolean }>(
  async (app, { settings, migrate }) => {
    const lost = (error: Error) => app.log.warn({ err: error }, 'a PostgreSQL connection was lost');
    if (migrate) {
      const patient = createPatientDatabase(settings, lost);
      const applied = await migrateToLatest(patient).finally(() => patient.destroy());
      if (applied.length > 0) app.log.info({ applied }, 'database migrated');
    }
    const db = createDatabase(settings, lost);
    app.decorate('db', db);
    app.addHook('onClose', () => db.destroy());
  },
  { name: 'database' },
);
