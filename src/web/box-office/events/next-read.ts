/** How often a page that is seen reads again, for what no clock tells: what sold out, came back or was changed. */
export const POLL_MS = 5_000;
/** The service's clock may be a second behind what the page takes for it. Until then it is asked often. */
const OFTEN_MS = 400;
const OVERDUE_MS = 3_000;

/**
 * @param times when something changes by the clock: sales start and end
 * @returns in how many ms to read, and whether because of one of the times
 */
export function nextRead(times: readonly number[], now: number): { after: number; due: boolean } {
  if (times.some((time) => time <= now && now - time < OVERDUE_MS)) return { after: OFTEN_MS, due: true };
  const next = Math.min(...times.filter((time) => time > now));
  return next - now <= POLL_MS ? { after: next - now + 30, due: true } : { after: POLL_MS, due: false };
}
