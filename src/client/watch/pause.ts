const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;
/** Timers end at once if they are set for more than 24 days, and a proxy may name the end of the year. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Waits before the next attempt: up to 1 s before the first one, twice as long each time, up to 15 s. Clients that lost the same
 * instance spread over the whole of that time.
 *
 * @param attempt counts from 1
 * @param retryAfter seconds that the service asks for, which count in addition, up to an hour
 * @param signal ends the wait at once
 */
export function pause(attempt: number, retryAfter: number | undefined, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  const ms = Math.min(LONGEST_RETRY_AFTER_MS, (retryAfter ?? 0) * 1_000) + longest * Math.random();
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
