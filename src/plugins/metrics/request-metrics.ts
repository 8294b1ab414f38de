import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import { Counter, Histogram } from 'prom-client';
import { SECONDS } from './metrics.ts';

/** Counts and times responses by route. Labels never contain a URL, because callers could invent any number of them. */
export default fp(
  async (app) => {
    const registers = [app.metrics.registry];
    const requests = new Counter({
      name: 'tiketi_http_requests_total',
      help: 'Requests answered; "unknown" is a request for a route that does not exist',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    const seconds = new Histogram({
      name: 'tiketi_http_request_seconds',
      help: 'From the arrival of a request to the end of its response',
      labelNames: ['route'],
      buckets: SECONDS,
      registers,
    });

    /** Made once for each route, because looking up the route of each request would cost as much as counting it. */
    function counting(method: string, route: string) {
      const time = seconds.labels(route);
      const byStatus = new Map<number, { inc(): void }>();
      return (reply: FastifyReply): void => {
        time.observe(reply.elapsedTime / 1_000);
        const known = byStatus.get(reply.statusCode);
        const count = known ?? requests.labels(method, route, String(reply.statusCode));
        if (!known) byStatus.set(reply.statusCode, count);
        count.inc();
      };
    }

    app.addHook('onRoute', (route) => {
      const count = counting([route.method].flat().join(), route.url);
      const others = [route.onResponse ?? []].flat();
      route.onResponse = [
        ...others,
        (_request, reply, done) => {
          count(reply);
          done();
        },
      ];
    });
    app.addHook('onResponse', (request, reply, done) => {
      if (request.is404) counting(request.method, 'unknown')(reply);
      done();
    });
  },
  { name: 'request-metrics', dependencies: ['metrics'] },
);
