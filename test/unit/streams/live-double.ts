import { randomUUID } from 'node:crypto';
import Fastify, { LogController } from 'fastify';
import { pino } from 'pino';
import { Problem } from '../../../src/errors/problem.ts';
import type { EventChanges, Live, LiveEvent } from '../../../src/live/types.ts';
import errors, { sendProblem } from '../../../src/plugins/http/error-handler.ts';
import closing from '../../../src/plugins/http/graceful-close.ts';
import requestLog from '../../../src/plugins/http/request-log.ts';
import validation from '../../../src/plugins/http/validation.ts';
import metrics from '../../../src/plugins/metrics/metrics.ts';
import requestMetrics from '../../../src/plugins/metrics/request-metrics.ts';
import peers from '../../../src/plugins/peers/plugin.ts';
import type { PublicReads } from '../../../src/plugins/public-reads.ts';
import streams from '../../../src/streams/routes.ts';
import { isStreamUpgrade } from '../../../src/streams/upgrade.ts';

/** One event whose changes the test makes itself. */
class LiveDouble {
  readonly eventId = randomUUID();
  version = 10;
  layout = 1;
  watchers = 0;
  /** Answers `changesSince`. */
  missed: (since: number) => Promise<EventChanges | undefined> = async () => undefined;
  #onTick: Parameters<Live['onTick']>[0] = () => undefined;
  #onReset: Parameters<Live['onReset']>[0] = () => undefined;

  get event(): LiveEvent {
    const { eventId, version, layout } = this;
    return { eventId, version, layout: { number: layout } } as LiveEvent;
  }

  changes(from: number, version: number, seats: EventChanges['seats'] = []): EventChanges {
    return { eventId: this.eventId, from, version, layout: this.layout, seats, stock: [] };
  }

  /** Changes seats, and tells it. */
  tick(seats: EventChanges['seats'] = [[0, 1]]): void {
    const changes = this.changes(this.version, ++this.version, seats);
    this.#onTick(this.event, changes);
  }

  reset(): void {
    this.layout++;
    this.version++;
    this.#onReset(this.event);
  }

  asLive(): Live {
    const known = (eventId: string) => {
      if (eventId !== this.eventId) throw new Problem('EVENT_NOT_FOUND');
      return this.event;
    };
    const live: Partial<Live> = {
      get: async (eventId) => known(eventId),
      watch: async (eventId) => {
        const event = known(eventId);
        this.watchers++;
        return { event, release: () => void this.watchers-- };
      },
      changesSince: async (_eventId, since) => await this.missed(since),
      onTick: (listener) => {
        this.#onTick = listener;
      },
      onReset: (listener) => {
        this.#onReset = listener;
      },
    };
    return live as Live;
  }
}

/** The streams on a bare instance that listens on a free port, with the hooks that a stream has to get along with. */
export async function startStreams({ connections = 100, connectionsPerAddress = 100 } = {}) {
  const live = new LiveDouble();
  const lines: Record<string, unknown>[] = [];
  const app = Fastify({
    loggerInstance: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { ignoreTrailingSlash: true },
    return503OnClosing: false,
    frameworkErrors: sendProblem,
    http: { shouldUpgradeCallback: isStreamUpgrade },
  });
  await app.register(errors);
  await app.register(requestLog, { readsPerSecond: 100 });
  await app.register(peers, { worker: undefined });
  await app.register(metrics);
  await app.register(requestMetrics);
  await app.register(closing);
  await app.register(validation);
  app.decorate('live', live.asLive());
  app.decorate('catalogue', { onShownAnew() {}, onGone() {} } as unknown as typeof app.catalogue);
  app.decorate('requireEvent', async (eventId) => void (await app.live.get(eventId)));
  app.decorate('publicReads', {} as PublicReads);
  await app.register(streams, { settings: { connections, connectionsPerAddress } });
  await app.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => 'listening' });
  const url = `${app.listeningOrigin}/api/v1/live/${live.eventId}`;
  return { app, live, lines, url };
}
