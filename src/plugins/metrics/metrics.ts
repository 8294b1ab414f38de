import fp from 'fastify-plugin';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

export interface Metrics {
  /** The metrics of this instance. Each domain registers its own, named `tiketi_…`. */
  readonly registry: Registry;
  /** Registers a value that is read only when metrics are collected. */
  gauge(name: `tiketi_${string}`, help: string, read: () => number): void;
  /** Registers a part that selling can do without: `tiketi_degraded` shows whether it is missing. */
  degradedWhile(part: string, isDegraded: () => boolean): void;
  /** The parts that are missing now. */
  missingParts(): string[];
  /** All metrics of the instance and of the process, in the format of Prometheus. */
  text(): Promise<string>;
}

/** The buckets of every histogram of time. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Event loop, memory and garbage collection. Shared, because a test builds several instances in one process. */
let ofProcess: Registry | undefined;

function processRegistry(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess, prefix: 'tiketi_' });
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
      registers,
      collect() {
        for (const [part, isDegraded] of parts) this.set({ part }, Number(isDegraded()));
      },
    });

    app.decorate('metrics', {
      registry,
      gauge: (name, help, read) => {
        const collect = function (this: Gauge) {
          this.set(read());
        };
        new Gauge({ name, help, registers, collect });
      },
      degradedWhile: (part, isDegraded) => void parts.set(part, isDegraded),
      missingParts: () => [...parts].filter(([, isDegraded]) => isDegraded()).map(([part]) => part),
      text: async () => `${await registry.metrics()}\n${await common.metrics()}`,
    } satisfies Metrics);
  },
  { name: 'metrics' },
);
