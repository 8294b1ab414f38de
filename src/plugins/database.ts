import fp from 'fastify-plugin';
import { createDatabase, type DatabaseSettings, type Db } from '../database/database.ts';
import { migrateToLatest } from '../database/migrate.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
  }
}

export default fp<{ settings: DatabaseSettings; migrate: boolean }>(
  async (app, { settings, migrate }) => {
    const db = createDatabase(settings, (error) =>
      app.log.warn({ err: error }, 'a PostgreSQL connection was lost'),
    );
    app.decorate('db', db);
    app.addHook('onClose', () => db.destroy());
    if (migrate) {
      const applied = await migrateToLatest(db);
      if (applied.length > 0) app.log.info({ applied }, 'database migrated');
    }
  },
  { name: 'database' },
);
