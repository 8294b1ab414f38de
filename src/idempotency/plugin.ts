import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { ErrorCode } from '../errors/catalogue.ts';
import { Problem } from '../errors/problem.ts';
import { preferredLanguage } from '../lib/language.ts';
import type { IdempotencyKey } from '../sales/hold-request.ts';
import { keptAnswer, type Once } from './answer-once.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** From the Idempotency-Key header, where there is one. */
    idempotency: IdempotencyKey | undefined;
  }
}

const HEADER = 'idempotency-key';
const PASSING = new Set<ErrorCode>(['QUEUE_REQUIRED', 'SEAT_LOCKED', 'IDEMPOTENCY_IN_FLIGHT']);

/** An answer that was kept under a key, on its way past the handler: it may be of any status that the operation has. */
class Replay extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super('answered before');
    this.status = status;
    this.body = body;
  }
}

/**
 * Answers the operations whose contract has an Idempotency-Key header. While a request with a key is being answered, another
 * one with the same key is refused, here or, where it runs on another instance, by the lock of its key in PostgreSQL.
 */
export default fp(
  async (app) => {
    const inFlight = new Set<string>();
    app.decorateRequest('idempotency', undefined);

    app.addHook('onRoute', (route) => {
      const { headers } = (route.schema ?? {}) as { headers?: { properties?: object } };
      if (!(HEADER in (headers?.properties ?? {}))) return;
      const { handler } = route;
      // Around the handler and not in a hook behind it: hooks hear that a client went away while the handler is still at work.
      route.handler = function (request, reply) {
        const key = request.headers[HEADER];
        if (typeof key !== 'string') return handler.call(this, request, reply);
        return answerOnce(key, request, reply, async () => await handler.call(this, request, reply));
      };
    });

    async function answerOnce(
      key: string,
      request: FastifyRequest,
      reply: FastifyReply,
      handle: () => Promise<unknown>,
    ): Promise<unknown> {
      const running = `${request.user.userId}/${key}`;
      if (inFlight.has(running)) throw new Problem('IDEMPOTENCY_IN_FLIGHT');
      inFlight.add(running);
      try {
        request.idempotency = {
          key,
          fingerprint: fingerprintOf(request),
          language: preferredLanguage(request.headers['accept-language']),
          requestId: request.id,
        };
        return await handle().catch((error: unknown) => lookBehind(request, error));
      } catch (error) {
        if (!(error instanceof Replay)) throw error;
        return reply
          .code(error.status)
          .header('idempotent-replayed', 'true')
          .type('application/json; charset=utf-8')
          .send(error.body);
      } finally {
        inFlight.delete(running);
      }
    }

    /**
     * Who has lost his place inside, or meets somebody else at the seats that he holds already, is stopped before anybody looks at
     * his key; so is who meets himself there, whose earlier request may be over by now. These refusals are never kept, so what is
     * found under the key is the answer to an earlier request.
     */
    async function lookBehind({ user, idempotency }: FastifyRequest, error: unknown): Promise<never> {
      const passing = error instanceof Problem && PASSING.has(error.code);
      const kept = passing && idempotency && (await keptAnswer(app.db, user.userId, idempotency));
      if (kept) granted(kept);
      throw error;
    }
  },
  { name: 'idempotency', dependencies: ['auth'] },
);

/** Of the operation, what it is about and what it was told. Where no body is asked for, none counts. */
function fingerprintOf({ routeOptions: { config, schema }, params, body }: FastifyRequest): string {
  const { body: told } = (schema ?? {}) as { body?: unknown };
  return hash(
    'sha256',
    canonical([config.operationId, params, told === undefined ? null : body]),
    'base64url',
  );
}

/** As JSON, but the order of an object's keys doesn't count; no deeper than the contract's schemas let it be. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)}}`;
}

/**
 * The answer of an operation with an Idempotency-Key that was granted just now.
 *
 * @throws Problem for a refusal; what was kept under the key, to be sent as it was
 */
export function granted<Answer>(verdict: Once<Answer>): Answer {
  if (verdict.kind === 'granted') return verdict.answer;
  if (verdict.kind === 'refused') throw new Problem(verdict.code);
  throw new Replay(verdict.status, verdict.body);
}
