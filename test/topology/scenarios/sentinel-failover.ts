import { startBackendsOf, startInstances } from '../../faults/harness/backends.ts';
import { startBreakablePostgres } from '../../faults/harness/postgres.ts';
import { startBreakableSentinel } from '../redis-sentinel.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

export const sentinelFailover: Scenario = {
  about: 'the master of Redis is killed, and a Sentinel promotes its replica',
  async build(ends) {
    const backends = await startBackendsOf(ends, startBreakablePostgres, startBreakableSentinel);
    const instances = await startInstances(ends, backends, 2, INSTANCE_SETTINGS);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'kill -9 of the master that the Sentinel watches',
          // Replication is asynchronous.
          ...{ refuses: ['places'], breaks: [], losesPlaces: true },
          run: () => backends.redis.loseMaster(),
        },
      ],
    };
  },
};
