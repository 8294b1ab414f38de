import { setTimeout as sleep } from 'node:timers/promises';
import { startBackends, startInstances } from '../../faults/harness/backends.ts';
import { providePgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

const AWAY_MS = 1_000;
/** Fewer sessions than an instance has connections. */
const POOLING = { pool_mode: 'transaction', default_pool_size: 10 };

export const pgbouncerRestarted: Scenario = {
  about: 'PgBouncer in transaction mode is restarted',
  lacks: () => (providePgBouncer() ? undefined : 'pgbouncer'),
  async build(ends) {
    const backends = await startBackends(ends);
    const { connection } = backends.postgres;
    const settings = { ...connection, ssl: 'off', poolSize: 1 } as const;
    const pgbouncer = await startPgBouncer(providePgBouncer() as string, settings, POOLING);
    ends.add(() => pgbouncer.stop());
    const environment = { ...backends.environment, DB_PORT: String(pgbouncer.port) };
    const instances = await startInstances(ends, { ...backends, environment }, 2, INSTANCE_SETTINGS);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'PgBouncer is restarted',
          refuses: ['sales'],
          breaks: [],
          losesPlaces: false,
          async run() {
            await pgbouncer.end();
            await sleep(AWAY_MS);
            await pgbouncer.start();
          },
        },
      ],
    };
  },
};
