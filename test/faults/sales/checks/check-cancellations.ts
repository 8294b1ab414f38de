import type { Violation } from '../../harness/findings.ts';
import type { Cancellation, Evidence } from '../evidence.ts';
import { isGrant, wishOf } from './check-answers.ts';

/** A cancelled event has sold nothing since, has no reservation left, and owes each payment back once. */
export function checkCancellations(evidence: Evidence): Violation[] {
  return [
    ...evidence.cancellations.flatMap((cancellation) => checkOne(cancellation, evidence)),
    ...checkRefunds(evidence),
  ];
}

function checkOne({ eventId, answeredAt }: Cancellation, { history, dump }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const violated = (rule: string, detail: string) => violations.push({ rule, detail });
  for (const attempts of Map.groupBy(history, wishOf).values()) {
    const [first] = attempts;
    if (!first || !isGrant(first) || first.eventId !== eventId || first.sentAt <= answeredAt) continue;
    if (attempts.some(({ status }) => status === 201))
      violated('a cancelled event sells nothing', `${first.operation} ${wishOf(first)}`);
  }
  const own = dump.reservations.filter(({ event_id }) => event_id === eventId);
  for (const { id, status } of own) {
    if (status === 'pending' || status === 'confirmed')
      violated('a cancelled event has no live reservation', `${id} is ${status}`);
  }
  if (!dump.cancellations.some(({ event_id, finished_at }) => event_id === eventId && finished_at !== null))
    violated('a cancellation is finished', `event ${eventId}`);
  return violations;
}

/** A payment is to be paid back if its reservation has ended, or if it was reported too late. */
function checkRefunds({ history, dump }: Evidence): Violation[] {
  const due = new Map<string, { reservation: string; amount: number }>();
  const amountOf = new Map(dump.reservations.map(({ id, total_amount }) => [id, total_amount]));
  for (const { id, status, payment_id, total_amount } of dump.reservations)
    if (payment_id !== null && status !== 'confirmed')
      due.set(payment_id, { reservation: id, amount: total_amount });
  for (const { code, paymentId, reservationId = '' } of history)
    if (code === 'PAYMENT_TOO_LATE' && paymentId !== undefined)
      due.set(paymentId, { reservation: reservationId, amount: amountOf.get(reservationId) ?? 0 });

  const refundsOf = Map.groupBy(dump.refunds, ({ payment_id }) => payment_id ?? '');
  const payments = new Set([...due.keys(), ...refundsOf.keys()]);
  return [...payments].flatMap((payment) => {
    const wanted = due.get(payment);
    const found = (refundsOf.get(payment) ?? []).map((each) => `${each.reservation_id} ${each.amount}`);
    const right = wanted ? [`${wanted.reservation} ${wanted.amount}`] : [];
    if (found.join() === right.join()) return [];
    return [
      {
        rule: 'each payment is due for refund once, if it is',
        detail: `${payment}: [${found}] instead of [${right}]`,
      },
    ];
  });
}
