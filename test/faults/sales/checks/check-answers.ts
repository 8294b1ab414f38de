import type { Attempt, Dump, Evidence, Violation } from '../evidence.ts';

const GRANTS = new Set(['hold', 'buy', 'best']);
/** "Ask again" is no answer. */
const TRY_AGAIN = new Set(['IDEMPOTENCY_IN_FLIGHT', 'TOO_MANY_REQUESTS']);

export const isGrant = ({ operation }: Attempt) => GRANTS.has(operation);
export const wishOf = ({ userId, key }: Attempt) => `${userId}/${key}`;
const isFinal = ({ status, code }: Attempt) => status !== null && status < 500 && !TRY_AGAIN.has(code ?? '');

/** What was acknowledged is in the database, once, and nothing else is. */
export function checkAnswers({ history, dump }: Evidence): Violation[] {
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
    // The service chooses the seats: that another one was faster is no answer.
    const lostRace = attempt.code === 'SEAT_UNAVAILABLE' || attempt.code === 'SEAT_LOCKED';
    if (attempt.operation === 'best' && lostRace) {
      violated(
        'nobody who asks for the best seats loses a race',
        `${attempt.code} at ${new Date(attempt.sentAt).toISOString()}, ${attempt.endedAt - attempt.sentAt} ms`,
      );
    }
  }
  for (const attempt of history) {
    if (!isGrant(attempt) || attempt.status !== 201) continue;
    const difference = differs(attempt, reservationOf, itemsOf);
    if (difference)
      violated(
        'each 201 is in the database with the same content',
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
      violated('nothing is held without a holder', `user ${userId} asked for nothing and has ${own.length}`);
    const granted = asked.filter((attempts) => attempts.some(({ status }) => status === 201)).length;
    const open = asked.filter((attempts) => !attempts.some(isFinal)).length;
    if (asked.length > 0 && own.length > granted + open) {
      violated(
        'one key is granted once',
        `user ${userId} has ${own.length} reservations of ${granted} that were granted and ${open} unanswered`,
      );
    }
  }

  for (const { id, status } of dump.reservations) {
    if (done.cancel.has(id) && status !== 'cancelled')
      violated('a cancel that was answered lasts', `${id} is ${status}`);
    if (done.confirm.has(id) && status !== 'confirmed' && !sent.cancel.has(id)) {
      violated('a payment that was answered lasts', `${id} is ${status}`);
    }
    if (status === 'cancelled' && !sent.cancel.has(id))
      violated('nothing happens that nobody asked for', `${id} is cancelled`);
    if (status === 'confirmed' && !sent.confirm.has(id))
      violated('nothing happens that nobody asked for', `${id} is confirmed`);
  }
  return violations;
}

/** @returns how the database differs from the answer, if it does */
function differs(
  { granted, userId, eventId, tickets }: Attempt,
  reservationOf: Map<string, Dump['reservations'][number]>,
  itemsOf: Map<string, Dump['items']>,
): string | undefined {
  if (!granted) return 'the answer has no reservation';
  const row = reservationOf.get(granted.id);
  if (!row) return `${granted.id} is not there`;
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
