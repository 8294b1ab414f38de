import { Problem } from '../errors/problem.ts';

/**
 * Lets so many works run at once. The others wait for their turn, in order.
 *
 * @param patienceMs how long a work waits; after that it is refused
 * @returns runs a work. Throws Problem SERVICE_UNAVAILABLE if its turn came too late
 */
export function atMost(count: number, patienceMs: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const since = performance.now();
    if (running < count) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      if (performance.now() - since > patienceMs) throw new Problem('SERVICE_UNAVAILABLE');
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
