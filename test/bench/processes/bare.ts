import { randomUUID } from 'node:crypto';

import Fastify, { LogController, type RouteOptions } from 'fastify';
import { pino } from 'pino';
import * as contract from '../../../src/contract/routes.ts';
import type { ErrorCode } from '../../../src/errors/catalogue.ts';
import { Problem } from '../../../src/errors/problem.ts';
import auth from '../../../src/plugins/auth.ts';
import cors from '../../../src/plugins/http/cors.ts';
import errors, { sendProblem } from '../../../src/plugins/http/error-handler.ts';
import limits from '../../../src/plugins/http/rate-limit.ts';
import requestLog from '../../../src/plugins/http/request-log.ts';
import securityHeaders from '../../../src/plugins/http/security-headers.ts';
import validation from '../../../src/plugins/http/validation.ts';
import { serve } from '../worker.ts';

/** An answer of the service, which the bare route gives to all requests of its kind. */
export interface Sample {
  path: string;
  status: number;
  body: string;
}

export type BareCalls = {
  listen(options: { secret: string; requestsPerMinute: number }): Promise<{ port: number }>;
  answer(sample: Sample): Promise<void>;
};

const samples = new Map<string, { status: number; answer: { code?: ErrorCode } }>();

/**
 * The service's way in and out with nothing in between: the same token check, validation, serialization, headers and log line.
 * The difference between its rate and the service's is the price of the service's decisions.
 */
async function listen({ secret, requestsPerMinute }: { secret: string; requestsPerMinute: number }) {
  const app = Fastify({
    loggerInstance: pino({ level: 'info' }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    genReqId: () => randomUUID(),
    frameworkErrors: sendProblem,
  });
  await app.register(errors);
  await app.register(requestLog, { readsPerSecond: 100 });
  await app.register(validation);
  await app.register(securityHeaders);
  await app.register(cors, { origins: ['http://localhost:3000'] });
  await app.register(auth, { secret, requireExpiry: true });
  await app.register(limits, { requestsPerMinute });
  for (const route of Object.values(contract)) {
    if (!('method' in route) || route.method !== 'POST') continue;
    app.route({
      ...(route as Pick<RouteOptions, 'method' | 'url' | 'config' | 'schema'>),
      handler: async (_request, reply) => {
        const sample = samples.get(route.url);
        if (!sample) throw new Problem('ROUTE_NOT_FOUND');
        const { status, answer } = sample;
        if (status >= 400) throw new Problem(answer.code as ErrorCode);
        reply.code(status);
        return answer;
      },
    });
  }
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port };
}

async function answer({ path, status, body }: Sample): Promise<void> {
  samples.set(path, { status, answer: JSON.parse(body) });
}

serve({ listen, answer } satisfies BareCalls);
