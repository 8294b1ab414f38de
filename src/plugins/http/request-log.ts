import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** No line for an answer of this route: probes would fill the log. */
    unlogged?: boolean;
  }
  interface FastifyReply {
    /** The response stays open, so how long it takes says nothing. Its route logs and counts it. */
    isStream: boolean;
  }
}

/** A read that takes as long is always logged. */
const SLOW_MS = 250;

/** Lets through so many in each second. */
class PerSecond {
  readonly #most: number;
  #second = 0;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  admits(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    return ++this.#count <= this.#most;
  }
}

/**
 * Logs one line for each response. Fastify's own two lines would double the log of a rush. A line takes 6 µs, and an answer from memory
 * 20: so public reads that went well have so many lines a second. Refusals, slow reads and all other requests are always logged.
 */
export default fp<{ readsPerSecond: number }>(
  async (app, { readsPerSecond }) => {
    app.decorateReply('isStream', false);
    const reads = new PerSecond(readsPerSecond);
    const isOrdinary = ({ statusCode, elapsedTime }: FastifyReply) =>
      statusCode < 400 && elapsedTime < SLOW_MS;

    app.addHook('onRoute', (route) => {
      if (route.config?.unlogged) return;
      const isRead = route.config?.auth === 'public' && ['GET', 'HEAD'].includes(String(route.method));
      route.onResponse = [
        ...[route.onResponse ?? []].flat(),
        (request, reply, done) => {
          if (reply.isStream) return done();
          if (!isRead || !isOrdinary(reply) || reads.admits()) logLine(request, reply);
          done();
        },
      ];
    });
    app.addHook('onResponse', (request, reply, done) => {
      if (request.is404) logLine(request, reply);
      done();
    });
  },
  { name: 'request-log' },
);

function logLine(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info(
    {
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      userId: request.user?.userId,
      unavailable: request.unavailable,
    },
    'request',
  );
}
