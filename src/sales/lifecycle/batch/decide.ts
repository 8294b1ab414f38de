import type { ErrorCode } from '../../../errors/catalogue.ts';
import { answerToKeep, type KeptUnderKey, replay } from '../../../idempotency/kept-answer.ts';
import { isKept } from '../../../idempotency/kept-refusals.ts';
import { pairKey } from '../../../idempotency/lock-names.ts';
import type { Facts } from './facts.ts';
import type {
  BatchOutcome,
  CancelRequest,
  ConfirmRequest,
  ExtendRequest,
  LifecycleRequest,
} from './request.ts';

export interface Decision {
  outcomes: BatchOutcome[];
  /** The requests whose reservations are to be changed. */
  writes: LifecycleRequest[];
  keys: KeptUnderKey[];
}

/** What becomes of a request: an answer, with or without a change, or a refusal. */
type Verdict = { answer: object; write: boolean } | ErrorCode | 'alone';

/**
 * Decides the requests that are common: payments in time, cancellations of whole reservations, more time. It neither reads nor writes.
 * Everything else is decided alone, as is a request for the reservation, the payment or the key of one before it in the batch.
 */
export function decide(requests: LifecycleRequest[], facts: Facts[]): Decision {
  const decision: Decision = { outcomes: [], writes: [], keys: [] };
  const met = new Set<string>();
  for (const [index, request] of requests.entries()) {
    const names = namesOf(request);
    const isAgain = names.some((name) => met.has(name));
    for (const name of names) met.add(name);
    decision.outcomes.push(isAgain ? 'alone' : decideOne(request, facts[index] as Facts, decision));
  }
  return decision;
}

function namesOf({ reservationId, userId, idempotency, ...request }: LifecycleRequest): string[] {
  const names = [`reservation/${reservationId}`];
  if (idempotency) names.push(`key/${pairKey(userId, idempotency.key)}`);
  if (request.kind === 'confirm') names.push(`payment/${request.payment.paymentId}`);
  return names;
}

function decideOne(request: LifecycleRequest, facts: Facts, { writes, keys }: Decision): BatchOutcome {
  const { userId, idempotency } = request;
  if (facts.busy) return { kind: 'refused', code: 'IDEMPOTENCY_IN_FLIGHT' };
  if (idempotency && facts.kept) return replay(facts.kept, idempotency.fingerprint);
  const verdict = verdictOn(request, facts);
  if (verdict === 'alone') return 'alone';
  const refused = typeof verdict === 'string';
  if (idempotency && (!refused || isKept(verdict))) {
    const kept = answerToKeep(idempotency, refused ? verdict : verdict.answer, 200);
    keys.push({ user_id: userId, key: idempotency.key, ...kept });
  }
  if (refused) return { kind: 'refused', code: verdict };
  if (verdict.write) writes.push(request);
  return { kind: 'granted', answer: verdict.answer };
}

function verdictOn(request: LifecycleRequest, facts: Facts): Verdict {
  switch (request.kind) {
    case 'confirm':
      return confirm(request, facts);
    case 'cancel':
      return cancel(request, facts);
    case 'extend':
      return extend(request, facts);
  }
}

/** The rules of `confirm.ts`, as far as they concern a payment in time, or one that was noted before. */
function confirm({ payment, answer }: ConfirmRequest, facts: Facts): Verdict {
  if (facts.payment_id === payment.paymentId)
    return facts.confirmed ? { answer, write: false } : 'PAYMENT_TOO_LATE';
  if (facts.payment_id !== null || facts.status !== 'pending') return 'alone';
  if (facts.total_amount !== payment.amount) return 'AMOUNT_MISMATCH';
  if (facts.used || facts.over) return 'alone';
  return { answer, write: true };
}

/** The rules of `cancel.ts`, as far as they concern reservations of which nothing was ever due for refund. */
function cancel({ reservationId, answer }: CancelRequest, facts: Facts): Verdict {
  if (facts.status === 'expired') return 'RESERVATION_EXPIRED';
  if (facts.status === 'cancelled' || facts.begun) return 'RESERVATION_NOT_CANCELLABLE';
  if (facts.refund_due || facts.refunded || facts.payment_status === 'refunded') return 'alone';
  const { payment_status, total_amount } = facts;
  const refund = payment_status === 'completed' ? total_amount : 0;
  const reservation = {
    ...{ id: reservationId, status: 'cancelled' as const, payment_status, total_amount },
    ...{ refund_due: refund > 0, refund_due_amount: refund },
  };
  return { answer: answer({ refund_amount: refund, reservation }), write: true };
}

/** The rules of `extend.ts`. */
function extend({ reservationId, answer }: ExtendRequest, facts: Facts): Verdict {
  if (facts.status === 'expired') return 'RESERVATION_EXPIRED';
  if (facts.status !== 'pending' || facts.extended || facts.over || facts.extended_until === null)
    return 'RESERVATION_NOT_EXTENDABLE';
  return { answer: answer({ id: reservationId, expiresAt: facts.extended_until }), write: true };
}
