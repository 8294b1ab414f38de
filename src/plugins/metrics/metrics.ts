import fp from 'fastify-plugin';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** What may be missing while selling goes on without Redis. */
export type DegradedPart =
  /** Nobody's place is looked up: buyers pass, or are refused where the event had a line when it was last seen. */
  | 'entry'
  /** PostgreSQL alone tells the losers of a seat. */
  | 'seat_locks'
  /** Announcements reach this instance's own subscribers only. */
  | 'fan_out';

export interface Metrics {
  /** Of this instance; whoever has something else to measure registers it here, as `tiketi_…`. */
  readonly registry: Registry;
  readonly batchSize: Histogram;
  readonly batchSeconds: Histogram;
  /** `granted`, `replayed`, or the code of the refusal. */
  readonly holdOutcomes: Counter<'verdict'>;
  readonly holdsExpired: Counter;
  /** A value that is read when somebody asks, and costs nothing else. */
  gauge(name: `tiketi_${string}`, help: string, read: () => number): void;
  degradedWhile(part: DegradedPart, isDegraded: () => boolean): void;
  /** All of it with that of the process, as Prometheus reads it. */
  text(): Promise<string>;
}

const PREFIX = 'tiketi_';
/** Of histograms of time. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/** Event loop, memory, garbage collection: of the process, once, however many instances a test builds in it. */
let ofProcess: Registry | undefined;

function processRegistry(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess, prefix: PREFIX });
  return ofProcess;
}

/** What this instance measures of itself. An observation costs about half a microsecond. */
export default fp(
  async (app) => {
    const common = processRegistry();
    const registry = new Registry();
    const registers = [registry];
    const parts = new Map<DegradedPart, () => boolean>();
    new Gauge({
      name: `${PREFIX}degraded`,
      help: '1 while selling goes on without this part, because Redis is away or late',
      labelNames: ['part'],
      registers,
      collect() {
        for (const [part, isDegraded] of parts) this.set({ part }, Number(isDegraded()));
      },
    });

    app.decorate('metrics', {
      registry,
      batchSize: new Histogram({
        name: `${PREFIX}sale_batch_size`,
        help: 'Hold requests decided in one transaction',
        buckets: SIZES,
        registers,
      }),
      batchSeconds: new Histogram({
        name: `${PREFIX}sale_batch_seconds`,
        help: 'How long a transaction that decides hold requests took, including its wait for a connection',
        buckets: SECONDS,
        registers,
      }),
      holdOutcomes: new Counter({
        name: `${PREFIX}sale_verdicts_total`,
        help: 'Outcomes of hold requests: granted, replayed, or the code of the refusal',
        labelNames: ['verdict'],
        registers,
      }),
      holdsExpired: new Counter({
        name: `${PREFIX}holds_expired_total`,
        help: 'Holds that this instance ended because their time was over',
        registers,
      }),
      gauge: (name, help, read) => {
        const collect = function (this: Gauge) {
          this.set(read());
        };
        new Gauge({ name, help, registers, collect });
      },
      degradedWhile: (part, isDegraded) => void parts.set(part, isDegraded),
      text: async () => `${await registry.metrics()}\n${await common.metrics()}`,
    } satisfies Metrics);
  },
  { name: 'metrics' },
);
