import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import service from '../../../package.json' with { type: 'json' };
import type { InstanceStatus } from '../../contract/schemas.ts';
import { openStreams } from '../../streams/metrics.ts';
import { MARK_EVERY_MS, type Recent, RecentRequests } from './recent-requests.ts';

export const { version } = service;

/** What an instance tells the others. Its figures are made of `recent` by the instance that answers. */
export type Report = Omit<
  InstanceStatus,
  'id' | 'seen_at' | 'holds' | 'requests_per_second' | 'errors_per_second' | 'refusals_per_second'
> & { recent: Recent };

const LAG_RESOLUTION_MS = 20;

/** Knows what there is to tell of this instance. */
export class Reporter {
  readonly #app: FastifyInstance;
  readonly #startedAt = new Date().toISOString();
  readonly #recent: RecentRequests;
  readonly #delays = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  readonly #marking: NodeJS.Timeout;
  #lagMs = 0;

  constructor(app: FastifyInstance) {
    this.#app = app;
    this.#recent = new RecentRequests(app.answersByRoute);
    this.#delays.enable();
    this.#marking = setInterval(() => this.#mark(), MARK_EVERY_MS).unref();
  }

  async report(): Promise<Report> {
    const { io, metrics, postgresHealth, redisHealth } = this.#app;
    return {
      version,
      started_at: this.#startedAt,
      postgres: dependency(postgresHealth.up, postgresHealth.latencyMs),
      redis: dependency(redisHealth.answers, redisHealth.latencyMs),
      degraded: metrics.missingParts(),
      event_loop_lag_ms: this.#lagMs,
      sockets: io.sockets.sockets.size,
      streams: await openStreams(metrics),
      recent: this.#recent.read(),
    };
  }

  stop(): void {
    clearInterval(this.#marking);
    this.#delays.disable();
  }

  #mark(): void {
    this.#recent.mark();
    // It measures from one of its timers to the next, in nanoseconds.
    this.#lagMs = tenths(Math.max(0, this.#delays.percentile(99) / 1e6 - LAG_RESOLUTION_MS));
    this.#delays.reset();
  }
}

const tenths = (ms: number) => Math.round(ms * 10) / 10;

function dependency(isUp: boolean, latencyMs: number): InstanceStatus['postgres'] {
  return isUp ? { status: 'up', latency_ms: tenths(latencyMs) } : { status: 'down', latency_ms: null };
}
