import type { Violation } from '../../harness/findings.ts';
import type { Attempt, Dump, Evidence } from '../evidence.ts';

const GRANTS = new Set(['hold', 'buy', 'best']);
/** Codes that ask a client to try again are no final answer. */
const TRY_AGAIN = new Set(['IDEMPOTENCY_IN_FLIGHT', 'TOO_MANY_REQUESTS']);

export const isGrant = ({ operation }: Attempt) => GRANTS.has(operation);
export const wishOf = ({ userId, key }: Attempt) => `${userId}/${key}`;
const isFinal = ({ status, code }: Attempt) => status !== null && status < 500 && !TRY_AGAIN.has(code ?? '');

/** Everything acknowledged is in the database once, and nothing else is. */
export function checkAnswers({ history, dump, cancellations }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const violated = (rule: string, detail: string) => violations.push({ rule, detail });
  const reservationOf = new Map(dump.reservations.map((each) => [each.id, each]));
  const itemsOf = Map.groupBy(dump.items, ({ reservation_id }) => reservation_id);
  const wishes = Map.groupBy(history, wishOf);
  const sent = { cancel: new Set<string>(), confirm: new Set<string>() };
  const done = { cancel: new Set<string>(), confirm: new Set<string>() };
  for (const { operation, reservationId, status } of history) {
    if ((operation !== 'cancel' && operation !== 'confirm') || reservationId === undefined) continue;
    sent[operation].add(reservationId);
    if (status === 200) done[operation].add(reservationId);
  }

  for (const attempt of history) {
    // The service chooses the seats itself, so a faster buyer is no reason to refuse.
    const lostRace = attempt.code === 'SEAT_UNAVAILABLE' || attempt.code === 'SEAT_LOCKED';
    if (attempt.operation === 'best' && lostRace) {
      violated(
        'a best-available request never loses a race',
        `${attempt.code} at ${new Date(attempt.sentAt).toISOString()}, ${attempt.endedAt - attempt.sentAt} ms`,
      );
    }
  }
  for (const attempt of history) {
    if (!isGrant(attempt) || attempt.status !== 201) continue;
    const difference = differs(attempt, reservationOf, itemsOf);
    if (difference)
      violated(
        'every 201 is in the database with the same content',
        `${attempt.operation} ${wishOf(attempt)}: ${difference}`,
      );
  }
  for (const [wish, attempts] of wishes) {
    const answers = attempts.filter(isFinal);
    const ids = new Set(answers.flatMap(({ granted }) => granted?.id ?? []));
    if (ids.size > 1) violated('one key is granted once', `${wish}: ${[...ids].join(', ')}`);
    const texts = new Set(answers.map(({ status, text }) => `${status} ${text}`));
    if (ids.size <= 1 && texts.size > 1)
      violated('one key has one answer', `${wish}: ${[...texts].join(' | ')}`);
  }

  const reservationsOf = Map.groupBy(dump.reservations, ({ user_id }) => user_id);
  const grantsOf = Map.groupBy(
    [...wishes.values()].filter(([first]) => first && isGrant(first)),
    ([first]) => first?.userId ?? '',
  );
  for (const [userId, own] of reservationsOf) {
    const asked = grantsOf.get(userId) ?? [];
    if (asked.length === 0)
      violated(
        'every hold has a holder',
        `user ${userId} requested nothing and has ${own.length} reservations`,
      );
    const granted = asked.filter((attempts) => attempts.some(({ status }) => status === 201)).length;
    const open = asked.filter((attempts) => !attempts.some(isFinal)).length;
    if (asked.length > 0 && own.length > granted + open) {
      violated(
        'one key is granted once',
        `user ${userId} has ${own.length} reservations for ${granted} granted and ${open} unanswered requests`,
      );
    }
  }

  const cancelledEvents = new Set(cancellations.map(({ eventId }) => eventId));
  for (const { id, event_id, status } of dump.reservations) {
    const mayBeCancelled = sent.cancel.has(id) || cancelledEvents.has(event_id);
    if (done.cancel.has(id) && status !== 'cancelled')
      violated('an acknowledged cancel lasts', `${id} is ${status}`);
    if (done.confirm.has(id) && status !== 'confirmed' && !(mayBeCancelled && status === 'cancelled')) {
      violated('an acknowledged payment lasts', `${id} is ${status}`);
    }
    if (status === 'cancelled' && !mayBeCancelled)
      violated('every change was requested', `${id} is cancelled`);
    if (status === 'confirmed' && !sent.confirm.has(id))
      violated('every change was requested', `${id} is confirmed`);
  }
  return violations;
}

/** @returns how the database differs from the answer, or undefined if they agree */
function differs(
  { granted, userId, eventId, tickets }: Attempt,
  reservationOf: Map<string, Dump['reservations'][number]>,
  itemsOf: Map<string, Dump['items']>,
): string | undefined {
  if (!granted) return 'the answer has no reservation';
  const row = reservationOf.get(granted.id);
  if (!row) return `${granted.id} is missing`;
  const said = [userId, eventId, granted.reservationNumber, granted.totalAmount].join(' ');
  const found = [row.user_id, row.event_id, row.reservation_number, row.total_amount].join(' ');
  if (said !== found) return `${said} became ${found}`;
  const items = itemsOf.get(granted.id) ?? [];
  const saidItems = [
    ...(granted.seats ?? []).map(({ id, price }) => `${id} 1 ${price}`),
    ...(tickets ?? []).map(({ ticketTypeId, quantity }) => `${ticketTypeId} ${quantity}`),
  ].sort();
  const foundItems = items
    .map((item) =>
      item.seat_id ? `${item.seat_id} 1 ${item.unit_price}` : `${item.ticket_type_id} ${item.quantity}`,
    )
    .sort();
  return saidItems.join() === foundItems.join() ? undefined : `[${saidItems}] became [${foundItems}]`;
}
