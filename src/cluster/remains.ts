import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

export type Metrics = MetricObjectWithValues<MetricValue<string>>[];

/** What one process counted: its counters and histograms. */
export interface Counts {
  /** Differs from that of the worker whose place this one took. */
  process: string;
  metrics: Metrics;
}

/** So many processes are kept apart. The counts of older ones are added up. */
const KEPT_APART = 64;

/**
 * Keeps what workers counted when metrics were last collected. That of a worker which has ended or hangs since remains part of the
 * metrics: to Prometheus, a counter that falls has begun anew, and its whole value would count as new.
 */
export class Remains {
  readonly #latest = new Map<string, Metrics>();
  #older: Metrics = [];

  /**
   * @param collected the counts of all workers that answer
   * @returns those of all others
   */
  async beside(collected: Counts[]): Promise<Metrics[]> {
    for (const { process, metrics } of collected) {
      // Those that were collected last come last.
      this.#latest.delete(process);
      this.#latest.set(process, metrics);
    }
    const old = [...this.#latest].slice(0, Math.max(0, this.#latest.size - KEPT_APART));
    for (const [process] of old) this.#latest.delete(process);
    if (old.length > 0) this.#older = await sumOf([this.#older, ...old.map(([, metrics]) => metrics)]);
    const answering = new Set(collected.map(({ process }) => process));
    const others = [...this.#latest].filter(([process]) => !answering.has(process));
    return [this.#older, ...others.map(([, metrics]) => metrics)];
  }
}

async function sumOf(all: Metrics[]): Promise<Metrics> {
  return (await AggregatorRegistry.aggregate(all).getMetricsAsJSON()) as Metrics;
}
