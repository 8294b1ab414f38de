import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import type { AllowedOrigin } from '../../config/origins.ts';
import { METHODS } from './methods.ts';

/**
 * Lets the pages of the allowed origins read answers, and answers the preflights of browsers. The hook of @fastify/cors takes 3 µs, so
 * it runs for requests that name an origin. Most come from the edge or from a service, and name none.
 */
export default fp<{ origins: AllowedOrigin[] }>(
  async (app, { origins }) => {
    const answerPage = hookOf(app, {
      origin: origins,
      credentials: true,
      methods: METHODS,
      // Chrome remembers a preflight for 2 hours at most.
      maxAge: 7_200,
      exposedHeaders: ['ETag', 'Idempotent-Replayed', 'Retry-After', 'X-Request-Id'],
    });
    app.addHook('onRequest', function (request, reply, done) {
      if (request.headers.origin !== undefined) return answerPage.call(this, request, reply, done);
      // A cache must not give this answer to a page either (Fetch standard).
      reply.header('vary', 'Origin');
      done();
    });
  },
  { name: 'cors' },
);

/** The hook that @fastify/cors would add. */
function hookOf(app: FastifyInstance, options: FastifyCorsOptions): onRequestHookHandler {
  let hook: onRequestHookHandler | undefined;
  const addHook = (_name: 'onRequest', added: onRequestHookHandler) => {
    hook = added;
  };
  cors(Object.create(app, { addHook: { value: addHook } }), options, (error) => {
    if (error) throw error;
  });
  if (!hook) throw new Error('@fastify/cors has added no hook');
  return hook;
}
