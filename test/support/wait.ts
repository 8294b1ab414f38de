import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries until it succeeds: for what becomes true a little later, without a sleep that is too short on a slow machine
 * and too long on every other.
 *
 * @returns what `attempt` returned
 * @throws what it threw last, when the time is over
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeout = 5_000, interval = 20 }: { timeout?: number; interval?: number } = {},
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(interval);
  }
}
