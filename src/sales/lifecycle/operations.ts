import type { FastifyInstance } from 'fastify';
import type { SaleSettings } from '../../config/config.ts';
import type { Db } from '../../database/database.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { answerOnce, type Outcome } from '../../idempotency/answer-once.ts';
import type { Caller } from '../../idempotency/key.ts';
import { atMost } from '../../lib/at-most.ts';
import type { Changes } from '../../realtime/changes.ts';
import type { Tokens } from '../../waiting-room/types.ts';
import { createBatches } from './batch/batches.ts';
import { type Cancelled, cancelReservation } from './cancel.ts';
import type { Part } from './cancel-parts.ts';
import { confirmReservation, type Payment } from './confirm.ts';
import { type Extended, extendReservation } from './extend.ts';
import { createFinder, type FoundReservation } from './find-reservations.ts';
import { noteRefund, type RefundNote } from './refund.ts';
import type { Effect } from './release.ts';
import type { SharedExpiry } from './shared-expiry.ts';

/** What may become of a reservation. Each answer is kept under the caller's idempotency key. */
export interface Operations {
  /** @param parts what to cancel; by default the whole reservation */
  cancel<Answer extends object>(
    caller: Caller,
    reservationId: string,
    parts: Part[] | undefined,
    answer: (cancelled: Cancelled) => Answer,
  ): Promise<Outcome<Answer>>;
  /**
   * Cancels a reservation of any buyer in a transaction of the caller, also after the event has begun.
   *
   * @param change the transaction, and where to put what follows its commit
   * @returns what is left, or why it is refused: RESERVATION_NOT_FOUND, RESERVATION_NOT_CANCELLABLE, RESERVATION_EXPIRED, ITEMS_NOT_HELD
   */
  cancelFor(
    change: { trx: Db; afterCommit(what: () => unknown): void },
    reservationId: string,
    parts?: Part[],
  ): Promise<Cancelled | ErrorCode>;
  /** @throws Problem QUEUE_REQUIRED, SERVICE_UNAVAILABLE if the waiting room doesn't let the buyer in */
  extend<Answer extends object>(
    caller: Caller & { tokens?: Tokens },
    reservationId: string,
    answer: (extended: Extended) => Answer,
  ): Promise<Outcome<Answer>>;
  /** @param answer is made from the reservation as it was before. RESERVATION_NOT_FOUND is not kept */
  confirm<Answer extends object>(
    caller: Caller,
    payment: Payment,
    answer: (before: FoundReservation) => Answer,
  ): Promise<Outcome<Answer>>;
  /** @param answer is called after the refund is noted, in the same transaction */
  noteRefund<Answer extends object>(
    caller: Caller,
    reservationId: string,
    refund: RefundNote,
    answer: (trx: Db) => Promise<Answer>,
  ): Promise<Outcome<Answer>>;
}

/** Transactions of one request at once. More would take all connections, and each waits for one for 3 s at most. */
const ALONE_AT_ONCE = 8;
const PATIENCE_MS = 5_000;

/**
 * Common requests are decided in batches, and rare ones in a transaction of their own.
 *
 * @param announce is called after each commit
 */
export function createOperations(
  { db, salePool, queue, log }: FastifyInstance,
  settings: SaleSettings,
  expiry: Pick<SharedExpiry, 'makeWayFor'>,
  announce: { changed(changes: Changes[]): void },
): Operations & { idle(): Promise<void> } {
  const find = createFinder(db, settings.queueCapacity);
  const batches = createBatches(salePool, settings, queue, ({ changes, writes }) => {
    if (changes.length > 0) announce.changed(changes);
    for (const { kind, eventId, ownerId } of writes)
      if (kind !== 'extend' && queue.freesPlaceWhen(DONE[kind])) void leave(eventId, ownerId);
  });

  const inTurn = atMost(ALONE_AT_ONCE, PATIENCE_MS);

  async function decide<Answer extends object>(
    caller: Caller,
    reservationId: string,
    operation: (trx: Db) => Promise<Decided & { answer?: Answer }>,
  ): Promise<Outcome<Answer>> {
    let effect: Decided = { changes: [] };
    const outcome = await inTurn(() =>
      answerOnce(db, caller, async (trx) => {
        const decided = await operation(trx);
        effect = decided;
        return decided.refusal ?? (decided.answer as Answer);
      }),
    );
    follow(reservationId, effect);
    return outcome;
  }

  /** What follows a commit. Not when an answer is repeated: by then the owner may be inside again, for something else. */
  function follow(reservationId: string, { changes, done }: Decided): void {
    announce.changed(changes);
    if (done) void freePlace(reservationId, done);
  }

  async function freePlace(reservationId: string, done: Done): Promise<void> {
    if (!queue.freesPlaceWhen(done)) return;
    const reservation = await find(reservationId).catch(() => undefined);
    if (reservation) await leave(reservation.event_id, reservation.user_id);
  }

  /** Lets the next user in, once the owner is done. The answer doesn't wait for it. */
  async function leave(eventId: string, userId: string): Promise<void> {
    try {
      await queue.leaveInside(eventId, userId);
    } catch (error) {
      log.debug({ err: error, eventId, userId }, 'a place inside is freed only when its time is up');
    }
  }

  function cancelAlone<Answer extends object>(
    caller: Caller,
    reservationId: string,
    parts: Part[] | undefined,
    answer: (cancelled: Cancelled) => Answer,
  ): Promise<Outcome<Answer>> {
    return decide(caller, reservationId, async (trx) => {
      const effect = await cancelReservation(trx, { reservationId, userId: caller.userId, parts });
      return effect.cancelled
        ? { ...effect, done: doneBy(effect.cancelled), answer: answer(effect.cancelled) }
        : effect;
    });
  }

  async function confirmAlone<Answer extends object>(
    caller: Caller,
    payment: Payment,
    answer: Answer,
  ): Promise<Outcome<Answer>> {
    // A late payment claims its seats again. A hold whose time is up as well must not be in the way.
    await expiry.makeWayFor(payment.reservationId);
    return await decide(caller, payment.reservationId, async (trx) => {
      const { confirmed, ...effect } = await confirmReservation(trx, payment, settings);
      return { ...effect, ...(confirmed && { done: 'confirmed' }), ...(!effect.refusal && { answer }) };
    });
  }

  return {
    async cancel<Answer extends object>(
      caller: Caller,
      reservationId: string,
      parts: Part[] | undefined,
      answer: (cancelled: Cancelled) => Answer,
    ) {
      const alone = () => cancelAlone(caller, reservationId, parts, answer);
      const found = parts ? undefined : await find(reservationId);
      if (found?.user_id !== caller.userId) return await alone();
      const request = { kind: 'cancel' as const, ...caller, ...about(found), answer, alone };
      return (await batches.decide(request)) as Outcome<Answer>;
    },
    async cancelFor({ trx, afterCommit }, reservationId, parts) {
      const effect = await cancelReservation(trx, { reservationId, parts });
      if (!effect.cancelled) return effect.refusal as ErrorCode;
      const done = doneBy(effect.cancelled);
      afterCommit(() => follow(reservationId, { ...effect, done }));
      return effect.cancelled;
    },
    async extend<Answer extends object>(
      caller: Caller & { tokens?: Tokens },
      reservationId: string,
      answer: (extended: Extended) => Answer,
    ) {
      const { userId, tokens } = caller;
      const extend = () =>
        inTurn(() =>
          answerOnce(db, caller, async (trx) => {
            const extended = await extendReservation(trx, userId, reservationId, settings.extendSeconds);
            return typeof extended === 'string' ? extended : answer(extended);
          }),
        );
      const found = await find(reservationId);
      if (found?.user_id !== userId) return await extend();
      const alone = async () => {
        await queue.requireEntry(found.event_id, userId, tokens);
        return await extend();
      };
      const request = { kind: 'extend' as const, ...caller, ...about(found), answer, alone };
      return (await batches.decide(request)) as Outcome<Answer>;
    },
    async confirm<Answer extends object>(
      caller: Caller,
      payment: Payment,
      answer: (before: FoundReservation) => Answer,
    ) {
      const found = await find(payment.reservationId);
      if (!found) return { kind: 'refused', code: 'RESERVATION_NOT_FOUND' };
      const answered = answer(found);
      const alone = () => confirmAlone(caller, payment, answered);
      const request = {
        ...{ kind: 'confirm' as const, ...caller, ...about(found) },
        ...{ payment, answer: answered, alone },
      };
      return (await batches.decide(request)) as Outcome<Answer>;
    },
    noteRefund: (caller, reservationId, refund, answer) =>
      answerOnce(
        db,
        caller,
        async (trx) => (await noteRefund(trx, reservationId, refund)) ?? (await answer(trx)),
      ),
    idle: () => batches.idle(),
  };
}

interface Decided extends Effect {
  /** What was done to the whole reservation, which may free its owner's place inside the waiting room. */
  done?: Done | undefined;
}
type Done = 'confirmed' | 'cancelled';

const DONE = { confirm: 'confirmed', cancel: 'cancelled' } as const;

function about({ id, event_id, user_id }: FoundReservation) {
  return { reservationId: id, eventId: event_id, ownerId: user_id };
}

function doneBy({ reservation: { status } }: Cancelled): Done | undefined {
  return status === 'cancelled' ? 'cancelled' : undefined;
}
