import { signal } from '@preact/signals';
import { compare, startWith } from './clock-difference.ts';
import { settings } from './settings.ts';

/** A wrong clock must not open a sale early, or end a hold. */
let difference = startWith(settings.time - Date.now());

/** The service's time now, in ms since 1970. */
export function serviceTime(): number {
  return Date.now() + difference.ahead;
}

/** Compares the clocks with the Date header of an answer. */
export function compareClocks({ headers }: Response, askedAt: number): void {
  // An answer out of a cache has an old date.
  if (headers.has('age')) return;
  const date = Date.parse(headers.get('date') ?? '');
  difference = compare(difference, { askedAt, answeredAt: Date.now(), date });
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
