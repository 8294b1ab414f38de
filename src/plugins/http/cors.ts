import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import type { AllowedOrigin } from '../../config/origins.ts';
import { METHODS } from './methods.ts';

const METHODS_TEXT = METHODS.join(', ');
const EXPOSED = 'ETag, Idempotent-Replayed, Retry-After, X-Request-Id';
/** Chrome remembers a preflight for 2 hours at most. */
const REMEMBER_SECONDS = '7200';

/**
 * Lets the pages of the allowed origins read answers, and answers the preflights of browsers. @fastify/cors prepares the headers of a
 * page for each request, which takes 3 µs. Most requests come from the edge or from a service, and name no origin.
 */
export default fp<{ origins: AllowedOrigin[] }>(
  async (app, { origins }) => {
    const isAllowed = (origin: string) =>
      origins.some((allowed) => (typeof allowed === 'string' ? allowed === origin : allowed.test(origin)));

    function allow(reply: FastifyReply, origin: string): void {
      if (isAllowed(origin)) reply.header('access-control-allow-origin', origin);
      reply.header('access-control-allow-credentials', 'true');
      reply.header('access-control-expose-headers', EXPOSED);
    }

    app.addHook('onRequest', ({ method, headers }, reply, done) => {
      const { origin } = headers;
      // On the answers to requests without an origin as well: a cache must not give one of them to a page (Fetch standard).
      reply.header('vary', 'Origin');
      if (origin === undefined) return done();
      allow(reply, origin);
      if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return done();
      const wanted = headers['access-control-request-headers'];
      reply.header('vary', 'Origin, Access-Control-Request-Headers');
      reply.header('access-control-allow-methods', METHODS_TEXT);
      if (wanted !== undefined) reply.header('access-control-allow-headers', wanted);
      reply.header('access-control-max-age', REMEMBER_SECONDS);
      reply.code(204).header('content-length', '0').send();
    });
  },
  { name: 'cors' },
);
