import fp from 'fastify-plugin';
import type pg from 'pg';
import type { DatabaseSettings } from '../config/config.ts';
import { createDatabase, createSalePool, type Db } from '../database/database.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
    /** One connection for each lane of the sale engine and one for retries, so that a sale never waits for other work. */
    salePool: pg.Pool;
  }
}

export default fp<{ settings: DatabaseSettings; saleLanes: number }>(
  async (app, { settings, saleLanes }) => {
    const lost = (error: Error) => app.log.warn({ err: error }, 'PostgreSQL connection lost');
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
