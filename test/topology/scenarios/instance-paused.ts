import { setTimeout as sleep } from 'node:timers/promises';
import { startBackends, startInstances } from '../../faults/harness/backends.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

const PAUSED_MS = 30_000;
/** The time until a load balancer notices. */
const NOTICED_AFTER_MS = 500;
/** PostgreSQL ends the transactions in which it stands still after 2.5 s. Those who want what they have locked wait for as long. */
const LOCKS_MS = 3_000;
const PAUSED = 1;

/**
 * A frozen machine or a long garbage collection. The instance comes back with requests that its clients have sent elsewhere since, holds
 * that have ended, and people who have left. It gets new requests at once.
 */
export const instancePaused: Scenario = {
  about: 'an instance stands still for 30 s and goes on with what it knew',
  async build(ends) {
    const backends = await startBackends(ends);
    const instances = await startInstances(ends, backends, 3, INSTANCE_SETTINGS);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: `kill -STOP of instance ${PAUSED}, kill -CONT ${PAUSED_MS / 1_000} s later`,
          ...{ refuses: [], locksForMs: LOCKS_MS, breaks: [PAUSED], mutes: [PAUSED], losesPlaces: false },
          async run({ down, up }) {
            instances[PAUSED]?.pause();
            await sleep(NOTICED_AFTER_MS);
            down(PAUSED);
            await sleep(PAUSED_MS - NOTICED_AFTER_MS);
            instances[PAUSED]?.resume();
            up(PAUSED);
          },
        },
      ],
    };
  },
};
