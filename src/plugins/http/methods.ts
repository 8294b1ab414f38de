import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../../errors/problem.ts';

/** Every method of the contract, and HEAD, which each GET answers as well. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The methods of the request's path, as the header `Allow` lists them. Empty for an unknown path. */
export function allowedMethods({ server, url }: Pick<FastifyRequest, 'server' | 'url'>): string[] {
  const allowed = url === '*' ? METHODS : METHODS.filter((method) => server.findRoute({ method, url }));
  return allowed.length > 0 ? [...allowed, 'OPTIONS'] : [];
}

/** Answers OPTIONS on every path, but leaves the preflights of browsers to cors.ts, and corrects Fastify's HEAD. */
export default fp(
  async (app) => {
    app.addHook('onRequest', (request, reply, done) => {
      const { method, headers } = request;
      if (method !== 'OPTIONS' || (headers.origin && headers['access-control-request-method'])) return done();
      const allowed = allowedMethods(request);
      if (allowed.length === 0) return done(new Problem('ROUTE_NOT_FOUND'));
      reply.code(204).header('allow', allowed.join(', ')).send();
    });
    // Fastify gives a 304 to HEAD the length 0. The 304 to GET has none, and the 200 has another one.
    app.addHook('onRoute', (route) => {
      if (route.method !== 'HEAD') return;
      const others = [route.onSend ?? []].flat();
      route.onSend = [
        ...others,
        (_request, reply, payload, done) => {
          if (reply.statusCode === 304) reply.removeHeader('content-length');
          done(null, payload);
        },
      ];
    });
  },
  { name: 'methods' },
);
