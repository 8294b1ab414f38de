import { startBackends, startInstances } from '../../faults/harness/backends.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

/** How long the address leads to the old master. */
const LATE_MS = 1_000;

/** The switchover of an operator, behind a name that follows late. The old master keeps its connections and goes on answering reads. */
export const redisDemoted: Scenario = {
  about: 'the master of Redis hands over to its replica, and connections to it stay open',
  async build(ends) {
    const backends = await startBackends(ends);
    const instances = await startInstances(ends, backends, 2, INSTANCE_SETTINGS);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'the master of Redis hands over to its replica, its connections stay',
          refuses: ['places'],
          breaks: [],
          losesPlaces: false,
          run: () => backends.redis.handOver(LATE_MS),
        },
      ],
    };
  },
};
