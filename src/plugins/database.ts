import fp from 'fastify-plugin';
import type pg from 'pg';
import type { DatabaseSettings } from '../config/servers.ts';
import {
  connectionOptions,
  createPublicPool,
  createReportPool,
  createRequestPool,
  createSalePool,
  type Db,
  databaseOver,
} from '../database/database.ts';
import { PostgresHealth } from '../database/health.ts';
import { Primary } from '../database/primary.ts';

declare module 'fastify' {
  interface FastifyInstance {
    db: Db;
    /** For callers without an account; see PublicReads. The same as `db` where the smallest pools have no connection to spare. */
    publicDb: Db;
    /** For organizers' reports and exports, which read whole events. The same as `db` where there is none to spare. */
    reportDb: Db;
    /**
     * One connection for each lane of the sale engine and one for retries. Pools of the usual size add those of the lifecycle and the sweep,
     * so that a sale never waits for other work.
     */
    salePool: pg.Pool;
    postgresHealth: PostgresHealth;
  }
}

const PUBLIC_CONNECTIONS = 2;
/** A report and an export. Smaller pools have none to spare. */
const REPORT_CONNECTIONS = 2;
const LEAST_TO_SHARE = 8;
/**
 * One for each lane of payments, cancellations and extensions, and one for the sweep. In smaller pools they share those of the sale engine:
 * a sale waits for half a second if all three wait for locked rows.
 */
const LIFECYCLE_CONNECTIONS = 3;
const LEAST_FOR_LIFECYCLE = 10;

export default fp<{ settings: DatabaseSettings; saleLanes: number }>(
  async (app, { settings, saleLanes }) => {
    // One connection belongs to the health check, except where the smallest pool has none to spare.
    const toShare = Math.max(1, settings.poolSize - saleLanes - 2);
    const forPublic = toShare > PUBLIC_CONNECTIONS ? PUBLIC_CONNECTIONS : 0;
    const forReports = toShare >= LEAST_TO_SHARE ? REPORT_CONNECTIONS : 0;
    const primary = new Primary(settings);
    const server = () => primary.address;
    const suspect = (error: Error) => health.suspect(error);
    const forLifecycle = toShare >= LEAST_FOR_LIFECYCLE ? LIFECYCLE_CONNECTIONS : 0;
    const poolSize = toShare - forPublic - forReports - forLifecycle;
    const requestPool = createRequestPool({ ...settings, server, poolSize }, suspect);
    const publicPool =
      forPublic > 0 ? createPublicPool({ ...settings, server, poolSize: forPublic }, suspect) : undefined;
    const reportPool =
      forReports > 0 ? createReportPool({ ...settings, server, poolSize: forReports }, suspect) : undefined;
    const salePool = createSalePool({ ...settings, server, poolSize: saleLanes + 1 + forLifecycle }, suspect);
    const renew = (openedBefore: number, silent: boolean) => {
      requestPool.retire(openedBefore, silent);
      publicPool?.retire(openedBefore, silent);
      reportPool?.retire(openedBefore, silent);
      salePool.retire(openedBefore, silent);
    };
    const health = new PostgresHealth(connectionOptions(settings), primary, app.log, renew);
    const db = databaseOver(requestPool);
    const publicDb = publicPool ? databaseOver(publicPool) : db;
    const reportDb = reportPool ? databaseOver(reportPool) : db;
    await health.check().catch(() => undefined);
    app.metrics.gauge('tiketi_postgres_up', '1 while PostgreSQL answers and takes writes', () =>
      Number(health.up),
    );
    app.decorate('db', db);
    app.decorate('publicDb', publicDb);
    app.decorate('reportDb', reportDb);
    app.decorate('salePool', salePool);
    app.decorate('postgresHealth', health);
    app.addHook('onClose', async () => {
      await health.stop();
      await Promise.all([
        db.destroy(),
        publicPool && publicDb.destroy(),
        reportPool && reportDb.destroy(),
        salePool.end(),
      ]);
    });
  },
  { name: 'database', dependencies: ['metrics'] },
);
