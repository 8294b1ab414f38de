import type { Span } from '@opentelemetry/api';
import fp from 'fastify-plugin';
import { tracing } from '../../tracing/tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** While tracing is on, and not of a probe. */
    span?: Span;
  }
}

/** A span for each request, from its arrival to the end of its answer. A request that names a span of its caller continues that trace. */
export default fp(
  async (app) => {
    const spans = tracing;
    if (!spans) return;
    app.addHook('onRequest', (request, reply, done) => {
      const { method, url, id, routeOptions, headers } = request;
      if (routeOptions.config.unlogged) return done();
      const { traceparent } = headers;
      const span = spans.request({ method, url, id, traceparent, route: routeOptions.url });
      request.span = span;
      // Not `onResponse`, which doesn't come if the client has gone.
      reply.raw.once('close', () => spans.answered(span, reply.statusCode));
      spans.within(span, done);
    });
    // The body is read, and the answer written, by events of the connection, which know no span.
    for (const hook of ['preValidation', 'onResponse'] as const)
      app.addHook(hook, (request: { span?: Span }, _reply: unknown, done: () => void) =>
        spans.within(request.span, done),
      );
  },
  { name: 'request-spans' },
);
