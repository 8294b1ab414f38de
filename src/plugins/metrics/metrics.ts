import { randomUUID } from 'node:crypto';
import fp from 'fastify-plugin';
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Metrics as Collected, Counts } from '../../cluster/remains.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

export interface Metrics {
  /** The metrics of this instance. Each domain registers its own, named `tiketi_…`. */
  readonly registry: Registry;
  /**
   * Registers a value that is read only when metrics are collected. Several workers show the greatest: alerts compare it with what one
   * instance can take, and `up` means that any of them can work.
   */
  gauge(name: `tiketi_${string}`, help: string, read: () => number): void;
  /** Registers a part that selling can do without: `tiketi_degraded` shows whether it is missing. */
  degradedWhile(part: string, isDegraded: () => boolean): void;
  /** The parts that are missing now. */
  missingParts(): string[];
  /** All metrics of the instance and of the process, in the format of Prometheus. Those of several workers are put together. */
  text(): Promise<string>;
}

/** The buckets of every histogram of time. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const PREFIX = 'tiketi_';
/**
 * Several workers show their latest start, their longest delay and the most files of one: alerts ask whether any of them restarts often,
 * is late, or has no room left. Each has the same limit of files.
 */
const SHOWN_OF_THE_WORST = [
  'process_start_time_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'process_open_fds',
  'process_max_fds',
];

/** Event loop, memory and garbage collection. Shared, because a test builds several instances in one process. */
let ofProcess: Registry | undefined;

function processRegistry(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess, prefix: PREFIX });
  // There are no files to count on Windows and macOS.
  for (const name of SHOWN_OF_THE_WORST)
    Object.assign(ofProcess.getSingleMetric(PREFIX + name) ?? {}, { aggregator: 'max' });
  return ofProcess;
}

/** The metrics of this instance. An observation costs about half a microsecond. */
export default fp(
  async (app) => {
    const common = processRegistry();
    const registry = new Registry();
    const registers = [registry];
    const parts = new Map<string, () => boolean>();
    new Gauge({
      name: 'tiketi_degraded',
      help: '1 while selling goes on without this part, because Redis is away or late',
      labelNames: ['part'],
      aggregator: 'max',
      registers,
      collect() {
        for (const [part, isDegraded] of parts) this.set({ part }, Number(isDegraded()));
      },
    });

    const { number } = app.peers;
    const process = randomUUID();
    let collections = 0;
    if (number !== undefined) {
      new Gauge({
        name: 'tiketi_worker_up',
        help: '1 for each worker whose figures are part of these metrics, and 0 for one that does not answer',
        labelNames: ['worker'],
        aggregator: 'max',
        registers,
        collect() {
          for (const each of app.peers.numbers) this.set({ worker: each }, Number(each === number));
        },
      });
      app.peers.answer('metrics', async (): Promise<Counts> => {
        const collection = ++collections;
        const all = await Promise.all([registry, common].map((each) => each.getMetricsAsJSON()));
        return { process, collection, metrics: all.flat() as Collected };
      });
    }

    app.decorate('metrics', {
      registry,
      gauge: (name, help, read) => {
        const collect = function (this: Gauge) {
          this.set(read());
        };
        new Gauge({ name, help, aggregator: 'max', registers, collect });
      },
      degradedWhile: (part, isDegraded) => void parts.set(part, isDegraded),
      missingParts: () => [...parts].filter(([, isDegraded]) => isDegraded()).map(([part]) => part),
      async text() {
        if (app.peers.number === undefined) return `${await registry.metrics()}\n${await common.metrics()}`;
        const { answers } = await app.peers.ask<Counts>('metrics');
        const remains = await app.peers.remains(answers.map(countsOf));
        return await AggregatorRegistry.aggregate([
          ...answers.map(({ metrics }) => metrics),
          ...remains,
        ]).metrics();
      },
    } satisfies Metrics);
  },
  { name: 'metrics', dependencies: ['peers'] },
);

/** Without the gauges, which end with their process. */
function countsOf({ metrics, ...counts }: Counts): Counts {
  return { ...counts, metrics: metrics.filter(({ type }) => `${type}` !== 'gauge') };
}
