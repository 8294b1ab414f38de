import type { ErrorCode } from '../../errors/catalogue.ts';
import { replay } from '../../idempotency/kept-answer.ts';
import { keyLock, pairKey } from '../../idempotency/lock-names.ts';
import type { BestRequest, HoldOutcome, HoldRequest } from '../hold-request.ts';
import type { Limits } from '../limits.ts';
import type { Facts } from './facts.ts';

/** Decides what needs no look at seats or stock: keys, the event, limits. `undefined` if the request passes. */
export function precheck(request: HoldRequest, facts: Facts): HoldOutcome | undefined {
  const { userId, eventId, idempotency } = request;
  const earlier = idempotency && facts.keys.get(pairKey(userId, idempotency.key));
  if (earlier) return replay(earlier, idempotency.fingerprint);
  if (idempotency && facts.busyKeys.has(keyLock(userId, idempotency.key)))
    return refused('IDEMPOTENCY_IN_FLIGHT');
  const event = facts.events.get(eventId);
  if (!event) return refused('EVENT_NOT_FOUND');
  const { refusal, limits } = event;
  if (refusal) return refused(refusal);

  const held = facts.claims.get(pairKey(userId, eventId)) ?? { seats: 0, tickets: 0 };
  if (request.kind === 'tickets') {
    const { items } = request;
    if (new Set(items.map(({ ticketTypeId }) => ticketTypeId)).size < items.length)
      return refused('DUPLICATE_TICKET_TYPE');
    const wanted = items.reduce((sum, { quantity }) => sum + quantity, 0);
    const tooMany =
      wanted > limits.maxTicketsPerReservation || held.tickets + wanted > limits.maxTicketsPerUser;
    return tooMany ? refused('TOO_MANY_TICKETS') : undefined;
  }
  const wanted = request.kind === 'seats' ? request.seatIds.length : request.quantity;
  const tooMany = wanted > limits.maxSeatsPerReservation || held.seats + wanted > limits.maxSeatsPerUser;
  return tooMany ? refused('TOO_MANY_SEATS') : undefined;
}

/**
 * The best-available requests that will be granted if there are seats. A request is left out if it would pass a limit, or repeat a
 * key, once the requests before it in the batch are granted: it must not have seats chosen that others could get. Should those before
 * it be refused after all, it is crowded and asks again.
 */
export function bestRequestsToServe(requests: HoldRequest[], facts: Facts): BestRequest[] {
  const claims = new Map([...facts.claims].map(([key, held]) => [key, { ...held }]));
  const keys = new Map(facts.keys);
  const ifAllAreGranted = { ...facts, claims, keys };
  return requests.filter((request): request is BestRequest => {
    if (precheck(request, ifAllAreGranted)) return false;
    const { userId, eventId, idempotency } = request;
    if (idempotency) {
      const { key, fingerprint } = idempotency;
      keys.set(pairKey(userId, key), { fingerprint, status: 201, body: '' });
    }
    if (request.kind === 'tickets') return false;
    const held = claims.get(pairKey(userId, eventId)) ?? { seats: 0, tickets: 0 };
    claims.set(pairKey(userId, eventId), held);
    held.seats += request.kind === 'seats' ? request.seatIds.length : request.quantity;
    return request.kind === 'best';
  });
}

/**
 * The facts as a batch hopes to find them: every event sells, no user holds anything, no key was used.
 *
 * @param limitsOf an event, as far as they are known
 */
export function hopedFacts(requests: HoldRequest[], limitsOf: (eventId: string) => Limits): Facts {
  return {
    now: 0,
    events: new Map(requests.map(({ eventId }) => [eventId, { refusal: null, limits: limitsOf(eventId) }])),
    claims: new Map(),
    keys: new Map(),
    busyKeys: new Set(),
    seats: new Map(),
    stock: new Map(),
  };
}

function refused(code: ErrorCode): HoldOutcome {
  return { kind: 'refused', code };
}
