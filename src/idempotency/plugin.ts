import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { ErrorCode } from '../errors/catalogue.ts';
import { Problem } from '../errors/problem.ts';
import { preferredLanguage } from '../lib/language.ts';
import { keptAnswer, type Outcome } from './answer-once.ts';
import type { Replayed } from './kept-answer.ts';
import type { IdempotencyKey } from './key.ts';
import { pairKey } from './lock-names.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** From the Idempotency-Key header, if the request has one. */
    idempotency: IdempotencyKey | undefined;
  }
}

const HEADER = 'idempotency-key';

/** Refusals that come before the key is looked up, and that are never kept under it. */
const BEFORE_THE_KEY = new Set<ErrorCode>(['QUEUE_REQUIRED', 'SEAT_LOCKED', 'IDEMPOTENCY_IN_FLIGHT']);

/** Carries a kept answer past the handler, whose reply is typed for a new one: a kept answer may have any status of the operation. */
class Replay extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super('answered before under the same key');
    this.status = status;
    this.body = body;
  }
}

/**
 * Makes retries safe for the operations whose contract has an Idempotency-Key header. While a request is being answered, a second one
 * with the same key is refused: on this instance here, on others by the lock of the key in PostgreSQL.
 */
export default fp(
  async (app) => {
    const inFlight = new Set<string>();
    app.decorateRequest('idempotency', undefined);

    app.addHook('onRoute', (route) => {
      const { headers } = (route.schema ?? {}) as { headers?: { properties?: object } };
      if (!(HEADER in (headers?.properties ?? {}))) return;
      const { handler } = route;
      // Around the handler, not in a hook after it: hooks run when a client disconnects while the handler is still at work.
      route.handler = function (request, reply) {
        const key = request.headers[HEADER];
        if (typeof key !== 'string') return handler.call(this, request, reply);
        return handleOnce(key, request, reply, () => handler.call(this, request, reply));
      };
    });

    async function handleOnce(
      key: string,
      request: FastifyRequest,
      reply: FastifyReply,
      handle: () => unknown,
    ): Promise<unknown> {
      const running = pairKey(request.user.userId, key);
      if (inFlight.has(running)) throw new Problem('IDEMPOTENCY_IN_FLIGHT');
      inFlight.add(running);
      try {
        request.idempotency = {
          key,
          fingerprint: fingerprintOf(request),
          language: preferredLanguage(request.headers['accept-language']),
          requestId: request.id,
        };
        return await handle();
      } catch (error) {
        const { status, body } = error instanceof Replay ? error : await keptInsteadOf(error, request);
        return reply
          .code(status)
          .header('idempotent-replayed', 'true')
          .type('application/json; charset=utf-8')
          .send(body);
      } finally {
        inFlight.delete(running);
      }
    }

    /**
     * The waiting room and the seat locks refuse a request before its key is looked up. If the request was answered before, its user
     * gets that answer instead: they may have left the waiting room since, or meet the seats that they hold already.
     *
     * @throws the error if there is no such answer
     */
    async function keptInsteadOf(error: unknown, { user, idempotency }: FastifyRequest): Promise<Replayed> {
      const before = error instanceof Problem && BEFORE_THE_KEY.has(error.code);
      const kept = before && idempotency ? await keptAnswer(app.db, user.userId, idempotency) : undefined;
      if (kept?.kind === 'replayed') return kept;
      throw kept?.kind === 'refused' ? new Problem(kept.code) : error;
    }
  },
  { name: 'idempotency', dependencies: ['auth'] },
);

/** Hashes the operation, its path, its query and its body, as far as the contract has them. An empty body is as good as none. */
function fingerprintOf({ routeOptions: { config, schema }, params, query, body }: FastifyRequest): string {
  const { body: bodySchema, querystring } = (schema ?? {}) as { body?: unknown; querystring?: unknown };
  // A text is a list of its characters to Object.keys: those of 16 MiB took 13 s and 1.4 GB.
  const isEmpty = typeof body === 'string' ? body === '' : Object.keys(body ?? {}).length === 0;
  const input = [config.operationId, params, bodySchema === undefined || isEmpty ? null : body];
  const text = JSON.stringify(ordered(querystring === undefined ? input : [...input, query]));
  return hash('sha256', text, 'base64url');
}

/** A longer list counts as it was sent: the seats of a large hall would take a second. */
const MAX_ORDERED = 1_000;

/** The value with the keys of each object in order. The contract's schemas limit how deep it goes. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > MAX_ORDERED ? value : value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const inOrder: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) inOrder[key] = ordered((value as typeof inOrder)[key]);
  return inOrder;
}

/**
 * The answer to a request that was granted just now.
 *
 * @throws Problem if it was refused; a kept answer, to be sent as it was
 */
export function granted<Answer>(outcome: Outcome<Answer>): Answer {
  if (outcome.kind === 'granted') return outcome.answer;
  if (outcome.kind === 'refused') throw new Problem(outcome.code);
  throw new Replay(outcome.status, outcome.body);
}
