import { startBackends, startInstances } from '../../faults/harness/backends.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

/** How long the address leads to the old primary. */
const LATE_MS = 2_000;

/** The switchover of an operator, behind a name that follows late. What connects meanwhile stays connected to a server that only reads. */
export const postgresDemoted: Scenario = {
  about: 'the old primary of PostgreSQL is back as a read-only replica, and connections to it stay open',
  async build(ends) {
    const backends = await startBackends(ends);
    const instances = await startInstances(ends, backends, 2, INSTANCE_SETTINGS);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'PostgreSQL switches over, connections to the old primary stay',
          refuses: ['sales'],
          breaks: [],
          losesPlaces: false,
          run: () => backends.postgres.switchOver(LATE_MS),
        },
      ],
    };
  },
};
