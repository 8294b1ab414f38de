/** A figure, or several, at a time in ms since 1970. */
export type Sample<Figures> = { at: number } & Figures;

export const HOUR_MS = 3_600_000;
/** Two samples further apart are no line: the page was hidden, or the service away. */
const GAP_MS = 15_000;
/** Figures are cached for a second, and read every two: a shorter span would jump between 0 and twice the rate. */
const RATE_SPAN_MS = 10_000;

/** A small line shows so much, and at least so little. */
const [SPARK_MS, SPARK_MIN_MS] = [600_000, 30_000];

/** Adds a sample, and drops those that are older than an hour. */
export function addSample<Figures>(trend: Sample<Figures>[], sample: Sample<Figures>): void {
  trend.push(sample);
  let old = 0;
  while (old < trend.length && (trend[old] as Sample<Figures>).at < sample.at - HOUR_MS) old += 1;
  trend.splice(0, old);
}

/**
 * How fast a count grew lately. A count of the last hour also falls when its oldest part leaves it, and a count of what is sold falls
 * with each cancellation: a fall counts as no growth.
 *
 * @param now ms since 1970
 * @returns per second, or null without two samples of the last ten seconds
 */
export function perSecond<Figures>(
  trend: readonly Sample<Figures>[],
  pick: (sample: Sample<Figures>) => number | null,
  now: number,
): number | null {
  const recent = trend.filter(({ at }) => at > now - RATE_SPAN_MS - 1_000);
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || last.at - first.at < 1_000) return null;
  let grown = 0;
  for (let index = 1; index < recent.length; index++) {
    const [before, after] = [
      pick(recent[index - 1] as Sample<Figures>),
      pick(recent[index] as Sample<Figures>),
    ];
    if (before === null || after === null) return null;
    grown += Math.max(0, after - before);
  }
  return grown / ((last.at - first.at) / 1_000);
}

/** The rate at the time of each sample of the last ten minutes. */
export function rates<Figures>(
  trend: readonly Sample<Figures>[],
  pick: (sample: Sample<Figures>) => number | null,
): Sample<{ rate: number | null }>[] {
  const now = trend.at(-1)?.at ?? 0;
  const first = trend.findIndex(({ at }) => at >= now - SPARK_MS);
  return trend.slice(first).map(({ at }, index) => {
    const end = first + index + 1;
    // No more samples than these are in its span.
    return { at, rate: perSecond(trend.slice(Math.max(0, end - 12), end), pick, at) };
  });
}

/** The samples as columns for a chart, times in seconds. A gap in time becomes a null, which breaks the line. */
export function columns<Figures>(
  trend: readonly Sample<Figures>[],
  picks: ((sample: Sample<Figures>) => number | null)[],
): [times: number[], ...values: (number | null)[][]] {
  const times: number[] = [];
  const values: (number | null)[][] = picks.map(() => []);
  let last: number | undefined;
  for (const sample of trend) {
    if (last !== undefined && sample.at - last > GAP_MS) {
      times.push((last + 1) / 1_000);
      for (const column of values) column.push(null);
    }
    last = sample.at;
    times.push(sample.at / 1_000);
    for (const [index, pick] of picks.entries()) (values[index] as (number | null)[]).push(pick(sample));
  }
  return [times, ...values];
}

/** The last sample of each minute, the newest first: for a table that people can read. */
export function byMinute<Figures>(trend: readonly Sample<Figures>[]): Sample<Figures>[] {
  const minutes = new Map<number, Sample<Figures>>();
  for (const sample of trend) minutes.set(Math.floor(sample.at / 60_000), sample);
  return [...minutes.values()].reverse();
}

/**
 * A small line through the figures of the last ten minutes, as the `d` of an SVG path in a box of 100 by 24. The lowest figure is at the
 * bottom. A figure that doesn't change is a line at the bottom.
 */
export function sparkline<Figures>(
  trend: readonly Sample<Figures>[],
  pick: (sample: Sample<Figures>) => number | null,
  now: number,
): string {
  const shown = trend.filter(({ at }) => at >= now - SPARK_MS);
  // A page that was opened a minute ago shows its minute as wide as others their ten.
  const spanMs = Math.max(SPARK_MIN_MS, now - (shown[0]?.at ?? now));
  const values = shown.map(pick);
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '';
  const [lowest, highest] = [Math.min(...known), Math.max(...known)];
  // More points than pixels would only cost time.
  const step = Math.ceil(shown.length / 100);
  let path = '';
  let isDrawing = false;
  let last = 0;
  for (const [index, { at }] of shown.entries()) {
    const value = values[index] as number | null;
    if (value === null || at - last > GAP_MS) isDrawing = false;
    last = at;
    if (value === null || (index % step > 0 && index < shown.length - 1)) continue;
    const x = 100 - ((now - at) / spanMs) * 100;
    const y = highest === lowest ? 22 : 22 - ((value - lowest) / (highest - lowest)) * 20;
    path += `${isDrawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDrawing = true;
  }
  return path;
}
