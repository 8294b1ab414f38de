import { signal } from '@preact/signals';
import { settings } from './settings.ts';

/** How far the service's clock is ahead of the browser's, in ms. A wrong clock must not open a sale early, or end a hold. */
let ahead = noticeable(settings.time - Date.now());
let spread = Number.POSITIVE_INFINITY;

/** The service's time now, in ms since 1970. */
export function serviceTime(): number {
  return Date.now() + ahead;
}

/** Compares the clocks with the Date header of an answer, which has seconds. The quickest answer is the most exact one. */
export function compareClocks(response: Response, askedAt: number): void {
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const now = Date.now();
  // An answer out of a cache has an old date.
  if (Number.isNaN(theirs) || response.headers.has('age') || now - askedAt >= spread) return;
  const difference = theirs + 500 - (askedAt + now) / 2;
  spread = now - askedAt;
  ahead = noticeable(difference);
}

/** A smaller difference is within what seconds, and the time on the way, can show. */
function noticeable(difference: number): number {
  return Math.abs(difference) > 1_500 ? difference : 0;
}

/** The service's time, anew each second: for countdowns. */
export const now = signal(serviceTime());
setInterval(() => {
  now.value = serviceTime();
}, 1_000);
// Browsers hold the timers of a hidden page back, so that it would show an old time when it is seen again.
document.addEventListener('visibilitychange', () => {
  now.value = serviceTime();
});
