import type { Bed } from '../bed.ts';
import { elsewhere } from '../calibrators.ts';
import { clear } from '../catalogue.ts';
import { summary } from '../compare.ts';
import { inTurns } from '../in-turns.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { brokenPromises } from '../promises.ts';
import { medians, mediansOf, type RowResult, ratio } from '../result.ts';
import type { Service } from '../service.ts';
import { runOnService, warmUp } from './rush.ts';
import { freeSeats } from './rushes.ts';

const WORKERS = 4;

/** Free seats on a service of several processes, in turns with one of a single process. */
export async function runWorkers(
  bed: Bed,
  start: (workers: number) => Promise<Service>,
  { seconds, rounds }: Pace,
): Promise<RowResult> {
  const single = await start(1);
  const several = await start(WORKERS);
  const requests = await warmUp(bed, freeSeats, seconds);
  const results: LoadResult[] = [];
  const problems: string[] = [];

  async function sell(on: Service) {
    const run = await runOnService(bed, on, freeSeats, requests, seconds);
    problems.push(...run.problems, ...(await brokenPromises(on.pool)));
    await clear(on.pool);
    return run;
  }
  // Each worker compiles its code by itself.
  await sell(single);
  await sell(several);
  await sell(several);

  const figures = await inTurns(rounds, [
    async () => ({ single: (await sell(single)).result.rate }),
    async () => {
      const { result, costs } = await sell(several);
      results.push(result);
      return { several: result.rate, ...costs, elsewhere: result.cpu.elsewhere ?? 0 };
    },
  ]);
  await several.stop();
  await single.stop();
  return {
    name: 'workers',
    title: `free seats, ${WORKERS} workers`,
    ...summary(results),
    cpu: { ...medians(results.map(({ cpu }) => cpu)), elsewhere: elsewhere(figures) },
    targets: [ratio(figures, ['several', 'single'], 0.95, { of: 'one worker' })],
    costs: mediansOf(figures),
    problems: [...new Set(problems)],
    rounds: figures,
  };
}
