import type { FastifyInstance } from 'fastify';
import type { SaleSettings } from '../config/config.ts';
import { Problem } from '../errors/problem.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import type { Outcome } from '../idempotency/answer-once.ts';
import { pairKey } from '../idempotency/lock-names.ts';
import type { Engine } from './group-commit/engine.ts';
import type { AnswerTo, HoldRequest } from './hold-request.ts';
import type { SaleMetrics } from './metrics.ts';
import { createSeatLocks } from './seat-locks/seat-locks.ts';

/** @throws Problem EVENT_NOT_FOUND, QUEUE_REQUIRED, SEAT_LOCKED, IDEMPOTENCY_IN_FLIGHT, SERVICE_UNAVAILABLE */
export type Hold = <Request extends HoldRequest>(request: Request) => Promise<Outcome<AnswerTo<Request>>>;

/** The way of every hold request: the event, the waiting room, the locks of its seats, and the next batch of its lane. */
export function createHold(
  app: FastifyInstance,
  engine: Engine,
  settings: SaleSettings,
  metrics: SaleMetrics,
): Hold {
  const { queue, redisHealth } = app;
  const locks = settings.seatLocks
    ? createSeatLocks(app.redis, app.redisPrefix, redisHealth, app.log)
    : undefined;
  // Without locks, PostgreSQL alone refuses the losers of a seat.
  app.metrics.degradedWhile('seat_locks', () => locks !== undefined && !redisHealth.answers);

  /** Entry comes before the lane: a batch that waited for Redis would hold its row locks meanwhile. */
  async function enterAndDecide(request: HoldRequest) {
    const { eventId, userId, tokens } = request;
    // Where a line stands, users from outside must not lock seats against those inside. Elsewhere the losers of a seat needn't enter.
    const guarded = queue.guards(eventId);
    if (guarded) await queue.requireEntry(eventId, userId, tokens);
    // While Redis doesn't answer, selling goes on without locks: they only save work.
    const locking = locks && request.kind === 'seats' && redisHealth.answers;
    const unlock = locking ? await locks.lock(eventId, request.seatIds, nameOf(request)) : undefined;
    try {
      if (!guarded) await queue.requireEntry(eventId, userId, tokens);
      return await engine.decide(request);
    } finally {
      unlock?.();
    }
  }

  return async <Request extends HoldRequest>(request: Request) => {
    // No key in Redis for an event that doesn't exist. A known event costs no query.
    await app.requireEvent(request.eventId);
    try {
      const outcome = await enterAndDecide(request);
      metrics.outcomes.inc({ verdict: outcome.kind === 'refused' ? outcome.code : outcome.kind });
      return outcome as Outcome<AnswerTo<Request>>;
    } catch (error) {
      const code = isUnavailable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR';
      metrics.outcomes.inc({ verdict: error instanceof Problem ? error.code : code });
      throw error;
    }
  };
}

/** The same for a request that is sent again. */
function nameOf({ userId, idempotency }: HoldRequest): string | undefined {
  return idempotency && pairKey(userId, idempotency.key);
}
