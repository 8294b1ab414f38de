import Fastify, { type RouteOptions } from 'fastify';
import * as contract from '../../../src/contract/routes.ts';
import { serve } from '../worker.ts';

/** An answer of the service as it is on the wire, which the plain route gives to all requests of its kind. */
export interface Prepared {
  /** The path of the operation, with its parameters: `/api/v1/events/:id`. */
  url: string;
  body: Buffer;
  headers: Record<string, string>;
}

export type PlainCalls = {
  listen(nothing: undefined): Promise<{ port: number }>;
  answer(prepared: Prepared): Promise<void>;
};

const prepared = new Map<string, Prepared>();

/**
 * Fastify with nothing of ours: each public GET route validates its path and query as the service's does, and sends prepared bytes.
 * Its rate is the ceiling for any answer of this size on Fastify.
 */
async function listen(): Promise<{ port: number }> {
  const app = Fastify();
  for (const route of Object.values(contract)) {
    if (!('method' in route) || route.method !== 'GET' || route.config.auth !== 'public') continue;
    const { response: _, ...schema } = route.schema;
    app.route({
      ...({ method: route.method, url: route.url, schema } as Pick<
        RouteOptions,
        'method' | 'url' | 'schema'
      >),
      handler: (_request, reply) => {
        const { body, headers } = prepared.get(route.url) as Prepared;
        reply.headers(headers).send(body);
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
