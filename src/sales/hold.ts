import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { SaleSettings } from '../config/config.ts';
import { Problem } from '../errors/problem.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import type { Outcome } from '../idempotency/answer-once.ts';
import { pairKey } from '../idempotency/lock-names.ts';
import type { Engine } from './group-commit/engine.ts';
import type { AnswerTo, HoldOutcome, HoldRequest, SeatsRequest } from './hold-request.ts';
import type { Wanted } from './lifecycle/expire.ts';
import type { SharedExpiry } from './lifecycle/shared-expiry.ts';
import type { SaleMetrics } from './metrics.ts';
import { createSeatLocks, type SeatLocks } from './seat-locks/seat-locks.ts';

/** @throws Problem EVENT_NOT_FOUND, QUEUE_REQUIRED, SEAT_LOCKED, IDEMPOTENCY_IN_FLIGHT, SERVICE_UNAVAILABLE */
export type Hold = <Request extends HoldRequest>(request: Request) => Promise<Outcome<AnswerTo<Request>>>;

/** An outcome that is final: `crowded` is not. */
type FinalOutcome = Exclude<HoldOutcome, { kind: 'crowded' }>;

/** How long a crowded request asks again. */
const PATIENCE_MS = 5_000;
/** How long a request makes way for itself. On a large event, holds that are of no use to it may end all the time. */
const MAKE_WAY_MS = 5_000;
/** Pause before a crowded request asks again. A decision takes a few ms. */
const CROWDED_PAUSE_MS = 15;

/** The way of every hold request: the event, the locks of its seats, and the next batch of its lane, which asks the waiting room. */
export function createHold(
  app: FastifyInstance,
  engine: Engine,
  settings: SaleSettings,
  metrics: SaleMetrics,
  expiry: Pick<SharedExpiry, 'makeWay'>,
): Hold {
  const { queue, redisHealth } = app;
  const locks = settings.seatLocks
    ? createSeatLocks(app.redis, app.redisPrefix, redisHealth, app.log)
    : undefined;
  // Without locks, PostgreSQL alone refuses the losers of a seat.
  app.metrics.degradedWhile(
    'seat_locks',
    () => locks !== undefined && (!redisHealth.answers || redisHealth.isLate),
  );

  app.metrics.gauge(
    'tiketi_sale_waiting',
    'Hold requests that wait for their batch to begin',
    engine.waiting,
  );

  function lockAndDecide(request: HoldRequest): Promise<FinalOutcome> {
    // While Redis doesn't answer, selling goes on without locks: they only save work.
    if (!locks || request.kind !== 'seats' || !redisHealth.answers) return decide(request);
    return decideLocked(locks, request);
  }

  async function decideLocked(locks: SeatLocks, request: SeatsRequest): Promise<FinalOutcome> {
    const { eventId, userId, tokens } = request;
    // Where a line stands, users from outside must not lock seats against those inside. Elsewhere the losers of a seat needn't enter.
    if (queue.guards(eventId)) await queue.requireEntry(eventId, userId, tokens);
    const unlock = await locks.lock(eventId, request.seatIds, nameOf(request));
    try {
      return await decide(request);
    } finally {
      unlock();
    }
  }

  /** Decides until the outcome is final. */
  async function decide(request: HoldRequest): Promise<FinalOutcome> {
    let attempt = request;
    const begun = performance.now();
    let deadline = begun + PATIENCE_MS;
    for (;;) {
      const outcome = await engine.decide(attempt);
      if (outcome.kind === 'crowded') {
        // Others were about to take the last seats. A seat that was locked for a moment may be free after all.
        if (performance.now() > deadline) throw new Problem('SERVICE_UNAVAILABLE');
        await sleep(CROWDED_PAUSE_MS);
      } else if (outcome.kind === 'refused' && outcome.overdue && !attempt.final) {
        // The refusal is not kept under the key, because it is not the last word.
        if (performance.now() - begun > MAKE_WAY_MS) return outcome;
        // A hold in the way is over, swept or not: end it, and decide once more.
        const freed = await expiry.makeWay(attempt.eventId, claimsWanted(attempt));
        if (!freed) attempt = { ...attempt, final: true };
        deadline = performance.now() + PATIENCE_MS;
      } else return outcome;
    }
  }

  /** A free reservation is confirmed already, so that its buyer is done. The answer doesn't wait for it. */
  function freePlace({ eventId, userId }: HoldRequest): void {
    if (!queue.freesPlaceWhen('confirmed')) return;
    void queue
      .leaveInside(eventId, userId)
      .catch((error) => app.log.debug({ err: error }, 'a place inside is freed only when its time is up'));
  }

  return async <Request extends HoldRequest>(request: Request) => {
    // No key in Redis for an event that doesn't exist. A known event costs no query.
    await app.requireEvent(request.eventId);
    try {
      const outcome = await lockAndDecide(request);
      metrics.outcomes.inc({ verdict: outcome.kind === 'refused' ? outcome.code : outcome.kind });
      if (outcome.kind === 'granted' && outcome.answer.reservation.totalAmount === 0) freePlace(request);
      return outcome as Outcome<AnswerTo<Request>>;
    } catch (error) {
      const code = isUnavailable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR';
      metrics.outcomes.inc({ verdict: error instanceof Problem ? error.code : code });
      throw error;
    }
  };
}

function claimsWanted(request: HoldRequest): Wanted {
  return {
    seatIds: request.kind === 'seats' ? request.seatIds : [],
    anySeat: request.kind === 'best',
    ticketTypeIds: request.kind === 'tickets' ? request.items.map(({ ticketTypeId }) => ticketTypeId) : [],
  };
}

/** The same for a request that is sent again. */
function nameOf({ userId, idempotency }: HoldRequest): string | undefined {
  return idempotency && pairKey(userId, idempotency.key);
}
