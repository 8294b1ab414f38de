import { setTimeout as sleep } from 'node:timers/promises';
import fp from 'fastify-plugin';
import type { SaleSettings } from '../config/config.ts';
import type { Db } from '../database/database.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { Problem } from '../errors/problem.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import { answerOnce, type Outcome } from '../idempotency/answer-once.ts';
import type { Caller } from '../idempotency/key.ts';
import { pairKey } from '../idempotency/lock-names.ts';
import { every } from '../lib/repeat.ts';
import type { Changes } from '../realtime/changes.ts';
import { HallCache } from './best-available/hall-cache.ts';
import { createEngine, type FinalOutcome, type Listener } from './group-commit/engine.ts';
import type { HoldRequest } from './hold-request.ts';
import { cancelReservation } from './lifecycle/cancel.ts';
import { confirmReservation, type Payment, type Refusal } from './lifecycle/confirm.ts';
import { type Expired, expireInTheWayOf, forgetOldKeys, sweep } from './lifecycle/expire.ts';
import { type Extended, extendReservation } from './lifecycle/extend.ts';
import { noteRefund } from './lifecycle/refund.ts';
import { createSeatLocks } from './seat-locks/seat-locks.ts';

declare module 'fastify' {
  interface FastifyInstance {
    sales: Sales;
  }
}

/** The sale engine: every claim on a seat or on stock begins and ends here, and is told after its commit. */
export interface Sales {
  /** @throws Problem SEAT_LOCKED, SERVICE_UNAVAILABLE */
  hold(request: HoldRequest): Promise<FinalOutcome>;
  cancel<Answer extends object>(
    caller: Caller,
    reservationId: string,
    answer: Answer,
  ): Promise<Outcome<Answer>>;
  /** @param answer of what was granted; it is kept under the key */
  extend<Answer extends object>(
    caller: Caller,
    reservationId: string,
    answer: (extended: Extended) => Answer,
  ): Promise<Outcome<Answer>>;
  confirm<Answer extends object>(caller: Caller, payment: Payment, answer: Answer): Promise<Outcome<Answer>>;
  /** @param answer asked for when it is noted, in the same transaction */
  noteRefund<Answer extends object>(
    caller: Caller,
    reservationId: string,
    answer: (trx: Db) => Promise<Answer>,
  ): Promise<Outcome<Answer>>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const nameOf = ({ userId, idempotency }: Caller) => idempotency && pairKey(userId, idempotency.key);

export default fp<{ settings: SaleSettings }>(
  async (app, { settings }) => {
    const { db, announcements, metrics, queue, redisHealth, salePool } = app;
    const halls = new HallCache();
    announcements.onChanged((changes) => halls.note(changes));
    const told = (changes: Changes[]) => announcements.changed(changes);
    const expired = ({ changes, holds }: Expired) => {
      metrics.holdsExpired.inc(holds);
      told(changes);
    };
    const listener: Listener = {
      changed(changes) {
        try {
          told(changes);
        } catch (error) {
          // It is committed: what went wrong with the news must not reach the buyer.
          app.log.error({ err: error }, 'changes were not announced');
        }
      },
      expired,
      decided(requests, ms) {
        metrics.batchSize.observe(requests);
        metrics.batchSeconds.observe(ms / 1_000);
      },
    };
    const engine = createEngine(salePool, db, halls, settings, listener);
    metrics.gauge(
      'tiketi_sale_waiting',
      'Hold requests that wait for their transaction to begin',
      engine.waiting,
    );
    const locks = settings.seatLocks ? createSeatLocks(app.redis, app.redisPrefix, app.log) : undefined;
    metrics.degradedWhile('seat_locks', () => locks !== undefined && !redisHealth.answers);

    async function hold(request: HoldRequest): Promise<FinalOutcome> {
      const { eventId, userId, tokens } = request;
      const requireEntry = () => queue.requireEntry(eventId, userId, tokens);
      try {
        // Where a line stands, users from outside must not lock seats against those inside. Elsewhere the losers of a seat needn't enter.
        const guarded = queue.guards(eventId);
        if (guarded) await requireEntry();
        const work = async () => {
          // Before the lane: a batch that waited for Redis would hold its row locks meanwhile.
          if (!guarded) await requireEntry();
          return await engine.decide(request);
        };
        // While Redis doesn't answer, selling goes on without locks: they only save work.
        const locking = locks && request.kind === 'seats' && redisHealth.answers;
        const outcome = locking
          ? await locks.holding(eventId, request.seatIds, nameOf(request), work)
          : await work();
        metrics.verdicts.inc({ verdict: outcome.kind === 'refused' ? outcome.code : outcome.kind });
        return outcome;
      } catch (error) {
        const passing = isUnavailable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR';
        metrics.verdicts.inc({ verdict: error instanceof Problem ? error.code : passing });
        throw error;
      }
    }

    /** Tells what changed once it is committed. */
    async function tell<Answer extends object>(
      caller: Caller,
      answer: Answer,
      decide: (trx: Db) => Promise<Changes[] | ErrorCode | Refusal>,
      afterwards: () => void,
    ): Promise<Outcome<Answer>> {
      let changes: Changes[] = [];
      const outcome = await answerOnce(db, caller, async (trx) => {
        const decided = await decide(trx);
        if (typeof decided === 'string') return decided;
        const refused = 'code' in decided;
        changes = refused ? decided.changes : decided;
        return refused ? decided.code : answer;
      });
      told(changes);
      // Not where it was told a second time: its owner may be inside again, for something else.
      if (outcome.kind === 'granted' && changes.length > 0) afterwards();
      return outcome;
    }

    /** Whoever has what he came for may make room for the next one, where the settings say so. Nobody waits for it. */
    async function done(reservationId: string, how: 'confirmed' | 'cancelled'): Promise<void> {
      if (!queue.freesPlaceWhen(how)) return;
      try {
        const { user_id, event_id } = await db
          .selectFrom('reservations')
          .select(['user_id', 'event_id'])
          .where('id', '=', reservationId)
          .executeTakeFirstOrThrow();
        await queue.leaveInside(event_id, user_id);
      } catch (error) {
        app.log.debug({ err: error, reservationId }, 'a place inside is given up when its time is over');
      }
    }

    app.decorate('sales', {
      hold,
      cancel: (caller, reservationId, answer) =>
        tell(
          caller,
          answer,
          (trx) => cancelReservation(trx, caller.userId, reservationId),
          () => void done(reservationId, 'cancelled'),
        ),
      extend: (caller, reservationId, answer) =>
        answerOnce(db, caller, async (trx) => {
          const extended = await extendReservation(trx, caller.userId, reservationId, settings.extendSeconds);
          return typeof extended === 'string' ? extended : answer(extended);
        }),
      async confirm(caller, payment, answer) {
        // What the reservation wants again may be held by one that is over as well.
        for (const each of await expireInTheWayOf(db, payment.reservationId)) expired(each);
        return await tell(
          caller,
          answer,
          (trx) => confirmReservation(trx, payment, settings),
          () => void done(payment.reservationId, 'confirmed'),
        );
      },
      noteRefund: (caller, reservationId, answer) =>
        answerOnce(db, caller, async (trx) => (await noteRefund(trx, reservationId)) ?? (await answer(trx))),
    } satisfies Sales);

    let closing = false;
    const stopSweeping = every(
      settings.sweepIntervalMs,
      async () => {
        for (let more = true; more && !closing; ) {
          const begun = performance.now();
          const result = await sweep(db);
          expired(result);
          more = result.more;
          // When a whole rush expires in one moment, selling goes on: the sweep takes no more than two thirds of the time.
          if (more) await sleep((performance.now() - begun) / 2);
        }
      },
      (error) => app.log.error({ err: error }, 'the sweep of expired holds failed; it will try again'),
    );
    const stopForgetting = every(
      HOUR_MS,
      async () => {
        while (!closing && (await forgetOldKeys(db)).more);
      },
      (error) => app.log.warn({ err: error }, 'old idempotency keys were not deleted; it will try again'),
      // Soon, for an instance that is replaced every day; not all of those that start together at the same moment.
      MINUTE_MS * (1 + Math.random()),
    );
    app.addHook('preClose', async () => {
      closing = true;
      await Promise.all([stopSweeping(), stopForgetting()]);
    });
    app.addHook('onClose', () => engine.idle());
  },
  { name: 'sales', dependencies: ['database', 'redis', 'realtime', 'queue'] },
);
