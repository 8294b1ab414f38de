import { startBackendsOf, startInstances } from '../../faults/harness/backends.ts';
import { startPostgresHosts } from '../../faults/harness/postgres-hosts.ts';
import { startBreakableRedis } from '../../faults/harness/redis.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

/** How long a failover tool takes to be sure. */
const UNSURE_MS = 2_000;

/** `DB_HOST` names both servers. No proxy and no name has to move. */
export const postgresKilled: Scenario = {
  about: 'the primary of PostgreSQL is killed and its synchronous standby promoted',
  async build(ends) {
    const backends = await startBackendsOf(ends, startPostgresHosts, startBreakableRedis);
    const instances = await startInstances(ends, backends, 2, INSTANCE_SETTINGS);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'the primary of PostgreSQL is killed, its standby is promoted',
          refuses: ['sales'],
          breaks: [],
          losesPlaces: false,
          run: () => backends.postgres.failOver(UNSURE_MS),
        },
      ],
    };
  },
};
