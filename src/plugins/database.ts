import fp from 'fastify-plugin';
import type pg from 'pg';
import type { DatabaseSettings } from '../config/config.ts';
import { createDatabase, createPatientDatabase, createSalePool, type Db } from '../database/database.ts';
import { migrateToLatest } from '../database/migrate.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
    /** One connection for each lane of the sale engine and one for retries, so that a sale never waits for other work. */
    salePool: pg.Pool;
  }
}

export default fp<{ settings: DatabaseSettings; saleLanes: number; migrate: boolean }>(
  async (app, { settings, saleLanes, migrate }) => {
    const lost = (error: Error) => app.log.warn({ err: error }, 'PostgreSQL connection lost');
    if (migrate) {
      const patient = createPatientDatabase(settings, lost);
      const applied = await migrateToLatest(patient).finally(() => patient.destroy());
      if (applied.length > 0) app.log.info({ applied }, 'database migrated');
    }
    const db = createDatabase({ ...settings, poolSize: settings.poolSize - saleLanes - 1 }, lost);
    const salePool = createSalePool({ ...settings, poolSize: saleLanes + 1 }, lost);
    app.decorate('db', db);
    app.decorate('salePool', salePool);
    app.addHook('onClose', async () => {
      await Promise.all([db.destroy(), salePool.end()]);
    });
  },
  { name: 'database' },
);
