import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBackends, startInstances } from '../../faults/harness/backends.ts';
import type { Instance } from '../../faults/harness/instance.ts';
import { eventually } from '../../support/wait.ts';
import { lacksClocks, makeClock } from '../clock.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

const APART_S = 300;
/** Longer than a hold. */
const WATCHED_MS = 10_000;

/** A hold ends, a place in line lasts and a pass is good by the clocks of PostgreSQL and Redis, whatever an instance believes. */
export const clocksApart: Scenario = {
  about: 'the clock of an instance is 5 minutes ahead, and is set back by 10',
  lacks: lacksClocks,
  async build(ends) {
    const backends = await startBackends(ends);
    const clock = makeClock(join(backends.directory, 'clock'), APART_S);
    const instances = await startInstances(ends, backends, 2, (number) => ({
      ...INSTANCE_SETTINGS,
      ...(number === 1 && clock.environment),
    }));
    const shows = (offset: number) => showsClock(instances[1] as Instance, offset);
    await shows(APART_S);
    return {
      instances,
      secret: backends.secret,
      primary: () => backends.postgres.primary().connection,
      faults: [
        {
          name: 'the clock of instance 1 goes from 5 minutes ahead to 5 minutes behind',
          ...{ refuses: [], breaks: [], losesPlaces: false },
          async run() {
            clock.set(-APART_S);
            await shows(-APART_S);
            await sleep(WATCHED_MS);
          },
        },
      ],
    };
  },
};

/** Resolves when the instance lives by its own clock, in seconds from the true time. */
async function showsClock({ port }: Instance, offset: number): Promise<void> {
  await eventually(
    async () => {
      const { headers } = await fetch(`http://127.0.0.1:${port}/health/live`, { method: 'HEAD' });
      const shown = (Date.parse(headers.get('date') ?? '') - Date.now()) / 1_000;
      if (!(Math.abs(shown - offset) < 10)) throw new Error(`the clock on port ${port} is off by ${shown} s`);
    },
    { timeout: 10_000, interval: 100 },
  );
}
