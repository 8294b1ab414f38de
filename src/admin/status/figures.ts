import type { ServiceTotal } from '../../contract/schemas.ts';
import { SECONDS } from '../../plugins/metrics/metrics.ts';
import type { Recent } from './recent-requests.ts';

type Figures = Omit<ServiceTotal, 'sockets' | 'streams'>;

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const rounded = (value: number, places: 1 | 2) => Number(value.toFixed(places));

/** The figures of one instance, or of several together. */
export function figuresOf(all: Recent[]): Figures {
  const rate = (count: (recent: Recent) => number) =>
    rounded(sum(all.map((recent) => count(recent) / recent.seconds)), 2);
  const buckets = [...SECONDS, Number.POSITIVE_INFINITY].map((_, index) =>
    sum(all.map(({ holdTimes }) => holdTimes[index] ?? 0)),
  );
  return {
    holds: {
      per_second: rate(({ holds }) => holds),
      p50_ms: quantile(buckets, 0.5),
      p99_ms: quantile(buckets, 0.99),
    },
    requests_per_second: rate(({ requests }) => requests),
    errors_per_second: rate(({ errors }) => errors),
    refusals_per_second: rate(({ refusals }) => refusals),
  };
}

/**
 * Estimates a quantile in milliseconds, as Prometheus does: the times in a bucket count as spread evenly over it.
 *
 * @param buckets how many times are in each bucket of `SECONDS`, and how many above
 * @returns `null` without times
 */
export function quantile(buckets: number[], share: number): number | null {
  const rank = share * sum(buckets);
  if (rank === 0) return null;
  let below = 0;
  let from = 0;
  for (const [index, to] of SECONDS.entries()) {
    const count = buckets[index] as number;
    if (below + count >= rank) return rounded((from + ((to - from) * (rank - below)) / count) * 1_000, 1);
    below += count;
    from = to;
  }
  return from * 1_000;
}
