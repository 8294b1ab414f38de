import { setTimeout as sleep } from 'node:timers/promises';
import { startBackendsOf, startInstances } from '../../faults/harness/backends.ts';
import { startBreakableRedis } from '../../faults/harness/redis.ts';
import { lacksSmallDisk, startCrampedPostgres } from '../postgres-on-small-disk.ts';
import type { Fault, Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

const FULL_MS = 5_000;
const FAULT = { refuses: ['sales'], breaks: [], losesPlaces: false } satisfies Partial<Fault>;

/** While its log (WAL) has room, PostgreSQL refuses what needs a new block. Without, it ends, and an operator makes room and starts it again. */
export const postgresDiskFull: Scenario = {
  about: 'the disk of PostgreSQL is full: it refuses writes, and then it ends',
  lacks: lacksSmallDisk,
  async build(ends) {
    const backends = await startBackendsOf(ends, startCrampedPostgres, startBreakableRedis);
    const instances = await startInstances(ends, backends, 2, INSTANCE_SETTINGS);
    const { postgres } = backends;
    return {
      instances,
      secret: backends.secret,
      primary: () => postgres.server.connection,
      faults: [
        {
          name: 'the disk of PostgreSQL is full, and its log has room',
          ...FAULT,
          async run() {
            // Sales begin the next file of the log, which lasts for the whole fault.
            await postgres.server.run('SELECT pg_switch_wal()');
            postgres.fillDisk();
            await sleep(FULL_MS);
            postgres.freeDisk();
          },
        },
        {
          name: 'the disk of PostgreSQL is full, and it ends for want of a log',
          ...FAULT,
          async run() {
            postgres.fillDisk();
            // The next file of the log does not fit.
            await postgres.server.run('SELECT pg_switch_wal()').catch(() => undefined);
            await postgres.server.ended();
            await sleep(FULL_MS);
            postgres.freeDisk();
            await postgres.server.start();
          },
        },
      ],
    };
  },
};
