import type { FastifyInstance } from 'fastify';
import type { Actor } from '../../audit/record.ts';
import type { SaleSettings } from '../../config/config.ts';
import type { Db } from '../../database/database.ts';
import { answerOnce, type Outcome } from '../../idempotency/answer-once.ts';
import type { Caller } from '../../idempotency/key.ts';
import type { Changes } from '../../realtime/changes.ts';
import { cancelReservation } from './cancel.ts';
import { confirmReservation, type Payment } from './confirm.ts';
import { type Extended, extendReservation } from './extend.ts';
import { noteRefund } from './refund.ts';
import type { Effect } from './release.ts';
import type { SharedExpiry } from './shared-expiry.ts';

/** What may become of a reservation. Each answer is kept under the caller's idempotency key. */
export interface Operations {
  cancel<Answer extends object>(
    caller: Caller,
    reservationId: string,
    answer: Answer,
  ): Promise<Outcome<Answer>>;
  extend<Answer extends object>(
    caller: Caller,
    reservationId: string,
    answer: (extended: Extended) => Answer,
  ): Promise<Outcome<Answer>>;
  confirm<Answer extends object>(caller: Caller, payment: Payment, answer: Answer): Promise<Outcome<Answer>>;
  /** @param answer is called after the refund is noted, in the same transaction */
  noteRefund<Answer extends object>(
    caller: Caller,
    reservationId: string,
    actor: Actor,
    answer: (trx: Db) => Promise<Answer>,
  ): Promise<Outcome<Answer>>;
}

/** @param announce is called after each commit */
export function createOperations(
  { db, queue, log }: FastifyInstance,
  settings: SaleSettings,
  expiry: Pick<SharedExpiry, 'makeWayFor'>,
  announce: { changed(changes: Changes[]): void },
): Operations {
  /** @param done what the operation does to the reservation, which may free its owner's place inside the waiting room */
  async function decide<Answer extends object>(
    caller: Caller,
    reservationId: string,
    answer: Answer,
    done: 'confirmed' | 'cancelled',
    operation: (trx: Db) => Promise<Effect>,
  ): Promise<Outcome<Answer>> {
    let changes: Changes[] = [];
    const outcome = await answerOnce(db, caller, async (trx) => {
      const effect = await operation(trx);
      changes = effect.changes;
      return effect.refusal ?? answer;
    });
    announce.changed(changes);
    // Only when it is done, not when it is repeated: by then the owner may be inside again, for something else.
    if (outcome.kind === 'granted' && changes.length > 0 && queue.freesPlaceWhen(done))
      void freePlace(reservationId);
    return outcome;
  }

  /** Lets the next user in. The answer doesn't wait for it. */
  async function freePlace(reservationId: string): Promise<void> {
    try {
      const { user_id, event_id } = await db
        .selectFrom('reservations')
        .select(['user_id', 'event_id'])
        .where('id', '=', reservationId)
        .executeTakeFirstOrThrow();
      await queue.leaveInside(event_id, user_id);
    } catch (error) {
      log.debug({ err: error, reservationId }, 'a place inside is freed only when its time is up');
    }
  }

  return {
    cancel: (caller, reservationId, answer) =>
      decide(caller, reservationId, answer, 'cancelled', (trx) =>
        cancelReservation(trx, caller.userId, reservationId),
      ),
    extend: (caller, reservationId, answer) =>
      answerOnce(db, caller, async (trx) => {
        const extended = await extendReservation(trx, caller.userId, reservationId, settings.extendSeconds);
        return typeof extended === 'string' ? extended : answer(extended);
      }),
    async confirm(caller, payment, answer) {
      // A late payment claims its seats again. A hold whose time is up as well must not be in the way.
      await expiry.makeWayFor(payment.reservationId);
      return await decide(caller, payment.reservationId, answer, 'confirmed', (trx) =>
        confirmReservation(trx, payment, settings),
      );
    },
    noteRefund: (caller, reservationId, actor, answer) =>
      answerOnce(
        db,
        caller,
        async (trx) => (await noteRefund(trx, reservationId, actor)) ?? (await answer(trx)),
      ),
  };
}
