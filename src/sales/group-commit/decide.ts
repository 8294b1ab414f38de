import type { SaleSettings } from '../../config/config.ts';
import type { SeatStatus } from '../../database/schema.ts';
import { catalogue, type ErrorCode } from '../../errors/catalogue.ts';
import { type IdempotencyKey, refusalBody } from '../../idempotency/key.ts';
import { keyLock, pairKey } from '../../idempotency/lock-names.ts';
import { newUuid } from '../../lib/uuid.ts';
import type { Changes } from '../../realtime/changes.ts';
import type {
  Granted,
  HeldReservation,
  HoldOutcome,
  HoldRequest,
  Refused,
  TicketsRequest,
} from '../hold-request.ts';
import { newReservationNumber } from './reservation-number.ts';

export interface Seat {
  id: string;
  event_id: string;
  label: string;
  price: number;
  status: SeatStatus;
  version: number;
  /** The hold on it is over, and nobody has ended it yet. */
  overdue?: boolean;
}

export interface Stock {
  id: string;
  event_id: string;
  price: number;
  available: number;
  total: number;
  version: number;
  /** There are holds of its event that are over and that nobody has ended yet. */
  overdue?: boolean;
}

/** What is true while a batch is decided: its rows are locked, and so are its users. */
export interface Facts {
  /** The database's clock, in ms. */
  now: number;
  /** For each event that exists, why it doesn't sell; null where it does. */
  events: Map<string, ErrorCode | null>;
  claims: Map<string, { seats: number; tickets: number }>;
  keys: Map<string, { fingerprint: string; status: number; body: string }>;
  /** The locks of keys under which a request is being answered elsewhere at this moment: see advisory.ts. */
  busyKeys: Set<string>;
  seats: Map<string, Seat>;
  stock: Map<string, Stock>;
}

/** Refusals that say nothing about what was asked for: another time it may be granted, under the same key. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_FLIGHT']);

/** The rows to be written, as `sql/write.sql` takes them. */
export interface Writes {
  reservations: { id: string; number: string; user_id: string; event_id: string; total: number }[];
  claims: {
    reservation_id: string;
    /** In its reservation, from 1. */
    position: number;
    seat_id: string | null;
    ticket_type_id: string | null;
    quantity: number;
    unit_price: number;
  }[];
  keys: { user_id: string; key: string; fingerprint: string; status: number; body: string }[];
}

export interface Decision {
  outcomes: HoldOutcome[];
  writes: Writes;
  changes: Changes[];
}

/** The seats that were chosen for a request of the best ones; where there are none, why; `crowded` is only so for the moment. */
export type Chosen =
  | { seatIds: string[]; adjacent: boolean }
  | { seatIds: null; why: 'crowded' | 'SOLD_OUT' | 'SEAT_MAP_NOT_FOUND' };

/** What is settled about a request before its seats or its stock are looked at: a outcome, or `undefined`. */
export function settled(request: HoldRequest, facts: Facts, settings: SaleSettings): HoldOutcome | undefined {
  const { userId, eventId, idempotency } = request;
  const refuse = (code: ErrorCode): HoldOutcome => ({ kind: 'refused', code });
  const earlier = idempotency && facts.keys.get(pairKey(userId, idempotency.key));
  if (earlier) {
    if (earlier.fingerprint !== idempotency.fingerprint) return refuse('IDEMPOTENCY_KEY_REUSED');
    return { kind: 'replayed', status: earlier.status, body: earlier.body };
  }
  if (idempotency && facts.busyKeys.has(keyLock(userId, idempotency.key)))
    return refuse('IDEMPOTENCY_IN_FLIGHT');
  const notOnSale = facts.events.get(eventId);
  if (notOnSale !== null) return refuse(notOnSale ?? 'EVENT_NOT_FOUND');

  const held = facts.claims.get(pairKey(userId, eventId)) ?? { seats: 0, tickets: 0 };
  if (request.kind === 'tickets') {
    const { items } = request;
    if (new Set(items.map(({ ticketTypeId }) => ticketTypeId)).size < items.length)
      return refuse('DUPLICATE_TICKET_TYPE');
    const wanted = items.reduce((sum, { quantity }) => sum + quantity, 0);
    const tooMany =
      wanted > settings.maxTicketsPerReservation || held.tickets + wanted > settings.maxTicketsPerUser;
    return tooMany ? refuse('TOO_MANY_TICKETS') : undefined;
  }
  const wanted = request.kind === 'seats' ? request.seatIds.length : request.quantity;
  const tooMany = wanted > settings.maxSeatsPerReservation || held.seats + wanted > settings.maxSeatsPerUser;
  return tooMany ? refuse('TOO_MANY_SEATS') : undefined;
}

/**
 * Decides requests one after the other, each seeing what those before it took. Nothing is asked and nothing is written here:
 * `batch.ts` brings the facts, locked, and writes the outcome in the same transaction.
 *
 * @param chosen for each request of the best seats that isn't settled
 * @param overdue events with holds that are over and that nobody has ended yet, of those whose best seats are asked for
 */
export function decide(
  requests: HoldRequest[],
  facts: Facts,
  settings: SaleSettings,
  chosen: Map<HoldRequest, Chosen>,
  overdue: ReadonlySet<string>,
): Decision {
  const writes: Writes = { reservations: [], claims: [], keys: [] };
  const touchedSeats = new Set<Seat>();
  const touchedStock = new Set<Stock>();

  const outcomes = requests.map((request): HoldOutcome => {
    const outcome = settled(request, facts, settings) ?? claim(request);
    const { userId, idempotency } = request;
    if (idempotency && outcome.kind === 'granted') keep(idempotency, userId, 201, outcome.answer);
    if (idempotency && outcome.kind === 'refused' && isLastWord(outcome, request)) {
      keep(idempotency, userId, catalogue[outcome.code].status, refusalBody(outcome.code, idempotency));
    }
    return outcome;
  });
  return { outcomes, writes, changes: changesOf(touchedSeats, touchedStock) };

  /** Where a hold that is over stands in the way, what is taken may be free after all, and the request comes again. */
  function isLastWord({ code, overdue }: Refused, { final }: HoldRequest): boolean {
    return !PASSING.has(code) && (final || !overdue);
  }

  function claim(request: HoldRequest): HoldOutcome {
    if (request.kind === 'tickets') return claimStock(request);
    if (request.kind === 'seats') return claimSeats(request, request.seatIds);
    return claimBest(request);
  }

  function claimBest(request: HoldRequest): HoldOutcome {
    const choice = chosen.get(request);
    if (!choice) return { kind: 'crowded' };
    if (choice.seatIds) {
      const outcome = claimSeats(request, choice.seatIds, choice.adjacent);
      // A wrong choice is no reason to refuse whoever didn't make it.
      return outcome.kind === 'granted' ? outcome : { kind: 'crowded' };
    }
    if (choice.why === 'crowded') return { kind: 'crowded' };
    return {
      kind: 'refused',
      code: choice.why,
      overdue: choice.why === 'SOLD_OUT' && overdue.has(request.eventId),
    };
  }

  function claimSeats(request: HoldRequest, seatIds: string[], adjacent?: boolean): HoldOutcome {
    const seats = seatIds.flatMap((id) => facts.seats.get(id) ?? []);
    if (seats.length < seatIds.length || seats.some(({ event_id }) => event_id !== request.eventId)) {
      return { kind: 'refused', code: 'SEAT_NOT_FOUND' };
    }
    const taken = seats.filter(({ status }) => status !== 'available');
    if (taken.length > 0)
      return { kind: 'refused', code: 'SEAT_UNAVAILABLE', overdue: taken.some(({ overdue }) => overdue) };
    for (const seat of seats) {
      seat.status = 'locked';
      touchedSeats.add(seat);
    }
    heldBy(request).seats += seats.length;
    const reservation: Granted['reservation'] = {
      ...reserve(
        request,
        seats.map(({ id, price }) => ({ seat_id: id, ticket_type_id: null, quantity: 1, unit_price: price })),
      ),
      seats: seats.map(({ id, label, price, status }) => ({ id, seat_label: label, price, status })),
      ...(adjacent !== undefined && { adjacent }),
    };
    return { kind: 'granted', answer: { message: request.message, reservation } };
  }

  function claimStock(request: TicketsRequest): HoldOutcome {
    const wanted: { stock: Stock; quantity: number }[] = [];
    for (const { ticketTypeId, quantity } of request.items) {
      const stock = facts.stock.get(ticketTypeId);
      if (stock?.event_id !== request.eventId) return { kind: 'refused', code: 'TICKET_TYPE_NOT_FOUND' };
      wanted.push({ stock, quantity });
    }
    const short = wanted.filter(({ stock, quantity }) => stock.available < quantity);
    if (short.length > 0)
      return { kind: 'refused', code: 'SOLD_OUT', overdue: short.some(({ stock }) => stock.overdue) };
    for (const { stock, quantity } of wanted) {
      stock.available -= quantity;
      heldBy(request).tickets += quantity;
      touchedStock.add(stock);
    }
    const reservation = reserve(
      request,
      wanted.map(({ stock: { id, price }, quantity }) => ({
        seat_id: null,
        ticket_type_id: id,
        quantity,
        unit_price: price,
      })),
    );
    return { kind: 'granted', answer: { message: request.message, reservation } };
  }

  function heldBy({ userId, eventId }: HoldRequest): { seats: number; tickets: number } {
    const key = pairKey(userId, eventId);
    const held = facts.claims.get(key) ?? { seats: 0, tickets: 0 };
    facts.claims.set(key, held);
    return held;
  }

  function reserve(
    { userId, eventId }: HoldRequest,
    claims: Omit<Writes['claims'][number], 'reservation_id' | 'position'>[],
  ): HeldReservation {
    const id = newUuid();
    const reservationNumber = newReservationNumber();
    const totalAmount = claims.reduce((sum, { unit_price, quantity }) => sum + unit_price * quantity, 0);
    writes.reservations.push({
      id,
      number: reservationNumber,
      user_id: userId,
      event_id: eventId,
      total: totalAmount,
    });
    writes.claims.push(
      ...claims.map((each, index) => ({ reservation_id: id, position: index + 1, ...each })),
    );
    const expiresAt = new Date(facts.now + settings.holdSeconds * 1_000).toISOString();
    return { id, reservationNumber, totalAmount, expiresAt };
  }

  function keep({ key, fingerprint }: IdempotencyKey, userId: string, status: number, answer: object): void {
    const body = JSON.stringify(answer);
    writes.keys.push({ user_id: userId, key, fingerprint, status, body });
    facts.keys.set(pairKey(userId, key), { fingerprint, status, body });
  }
}

/** Each row's version grows by one in a batch, however many requests touched it: see settle_seats in migration 0003. */
function changesOf(seats: Set<Seat>, stock: Set<Stock>): Changes[] {
  const byEvent = new Map<string, Changes>();
  const of = (eventId: string) => {
    const changes = byEvent.get(eventId) ?? { eventId, seats: [], stock: [] };
    byEvent.set(eventId, changes);
    return changes;
  };
  for (const { id, event_id, status, version } of seats)
    of(event_id).seats.push({ seatId: id, status, version: version + 1 });
  for (const { id, event_id, available, total, version } of stock) {
    of(event_id).stock.push({
      ticketTypeId: id,
      availableQuantity: available,
      totalQuantity: total,
      version: version + 1,
    });
  }
  return [...byEvent.values()];
}
