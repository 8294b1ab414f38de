import jwt from '@fastify/jwt';
import Fastify, { type RouteOptions } from 'fastify';
import * as contract from '../../../src/contract/routes.ts';
import { serve } from '../worker.ts';

/** An answer of the service as it is on the wire, which the plain route gives to all requests of its kind. */
export interface Prepared {
  /** The path of the operation, with its parameters: `/api/v1/events/:id`. */
  url: string;
  /** 200 if not set. */
  status?: number;
  body: Buffer;
  headers: Record<string, string>;
}

export type PlainCalls = {
  listen(options: { secret: string }): Promise<{ port: number }>;
  answer(prepared: Prepared): Promise<void>;
};

const prepared = new Map<string, Prepared>();

/**
 * Fastify with nothing of ours: each route verifies the token where the service's does, validates path, query, headers and body as the
 * contract says, and sends prepared bytes. Its rate is the ceiling for any answer of this size on Fastify.
 */
async function listen({ secret }: { secret: string }): Promise<{ port: number }> {
  const app = Fastify();
  // `verify` takes half the time of `request.jwtVerify`, which decodes a token twice.
  await app.register(jwt, { secret, verify: { algorithms: ['HS256'] } });
  const authenticate: RouteOptions['onRequest'] = (request, _reply, done) => {
    request.user = app.jwt.verify(String(request.headers.authorization).slice('Bearer '.length));
    done();
  };
  for (const route of Object.values(contract)) {
    if (!('method' in route)) continue;
    const { response: _, ...schema } = route.schema;
    app.route({
      ...({ method: route.method, url: route.url, schema } as Pick<
        RouteOptions,
        'method' | 'url' | 'schema'
      >),
      ...(route.config.auth !== 'public' && { onRequest: authenticate }),
      handler: (_request, reply) => {
        const { status = 200, body, headers } = prepared.get(route.url) as Prepared;
        reply.code(status).headers(headers).send(body);
      },
    });
  }
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port };
}

async function answer(given: Prepared): Promise<void> {
  // IPC makes a Uint8Array of a Buffer.
  prepared.set(given.url, { ...given, body: Buffer.from(given.body) });
}

serve({ listen, answer } satisfies PlainCalls);
