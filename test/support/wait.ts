import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries until it succeeds. A sleep instead would be too short on a slow machine and too long on every other.
 *
 * @returns the result of `attempt`
 * @throws its last error after `timeout` ms
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
