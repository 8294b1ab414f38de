import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

/** What one process counted: its counters and histograms. */
export interface Counts {
  /** Differs from that of the worker whose place this one took. */
  process: string;
  /** Greater each time. Two workers may collect at the same time. */
  collection: number;
  metrics: Metrics;
}

/** So many processes that have ended are kept apart. The counts of older ones are added up. */
const KEPT_APART = 16;

/**
 * Keeps what workers counted when metrics were last collected. That of a worker which has ended or hangs since remains part of the
 * metrics: to Prometheus, a counter that falls has begun anew, and its whole value would count as new.
 */
export class Remains {
  readonly #keptApart: number;
  readonly #latest = new Map<string, Counts>();
  #older: Promise<Metrics> = Promise.resolve([]);

  /** @param workers so many may hang and answer again, so that theirs must not be added up */
  constructor(workers: number) {
    this.#keptApart = KEPT_APART + workers;
  }

  /**
   * @param collected the counts of all workers that answer
   * @returns those of all others
   */
  async beside(collected: Counts[]): Promise<Metrics[]> {
    for (const counts of collected) {
      const known = this.#latest.get(counts.process);
      // Those that were collected last come last.
      this.#latest.delete(counts.process);
      this.#latest.set(counts.process, known && known.collection > counts.collection ? known : counts);
    }
    const answering = new Set(collected.map(({ process }) => process));
    const others = [...this.#latest.values()].filter(({ process }) => !answering.has(process));
    const old = others.splice(0, Math.max(0, others.length - this.#keptApart));
    for (const { process } of old) this.#latest.delete(process);
    if (old.length > 0) this.#older = sumOf(this.#older, old);
    return [await this.#older, ...others.map(({ metrics }) => metrics)];
  }
}

async function sumOf(older: Promise<Metrics>, counts: Counts[]): Promise<Metrics> {
  const all = [await older, ...counts.map(({ metrics }) => metrics)];
  return (await AggregatorRegistry.aggregate(all).getMetricsAsJSON()) as Metrics;
}
