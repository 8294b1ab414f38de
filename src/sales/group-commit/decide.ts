import type { ErrorCode } from '../../errors/catalogue.ts';
import { answerToKeep, type KeptUnderKey } from '../../idempotency/kept-answer.ts';
import { isKept } from '../../idempotency/kept-refusals.ts';
import type { IdempotencyKey } from '../../idempotency/key.ts';
import { pairKey } from '../../idempotency/lock-names.ts';
import { newUuid } from '../../lib/uuid.ts';
import { type Touched, touchedIn } from '../../realtime/changes.ts';
import type { Chosen } from '../best-available/hall-choices.ts';
import type {
  BestRequest,
  HoldOutcome,
  HoldRequest,
  RefusedHold,
  SeatsRequest,
  TicketsRequest,
} from '../hold-request.ts';
import type { LockedSeat, LockedStock } from '../inventory.ts';
import type { EventFacts, Facts } from './facts.ts';
import { precheck } from './precheck.ts';
import { newReservationNumber } from './reservation-number.ts';

/** The rows to be written, as `sql/write.sql` takes them. */
export interface Writes {
  reservations: {
    id: string;
    number: string;
    user_id: string;
    event_id: string;
    total: number;
    holdSeconds: number;
  }[];
  claims: {
    reservation_id: string;
    /** In its reservation, from 1. */
    position: number;
    seat_id: string | null;
    ticket_type_id: string | null;
    quantity: number;
    unit_price: number;
  }[];
  keys: KeptUnderKey[];
}

export interface Decision {
  outcomes: HoldOutcome[];
  writes: Writes;
  touched: Touched[];
}

/**
 * Decides requests one after another; each sees what those before it took. It neither reads nor writes: `batch.ts` brings the facts,
 * whose rows are locked, and writes the decision in the same transaction.
 *
 * @param chosen the seats for each best-available request that may get some
 */
export function decide(
  requests: HoldRequest[],
  facts: Facts,
  chosen: ReadonlyMap<BestRequest, Chosen>,
): Decision {
  const writes: Writes = { reservations: [], claims: [], keys: [] };
  const touchedSeats = new Set<LockedSeat>();
  const touchedStock = new Set<LockedStock>();
  /** The users who got seats in this batch, by seat. */
  const owners = new Map<string, string>();

  const outcomes = requests.map((request): HoldOutcome => {
    const outcome = precheck(request, facts) ?? claim(request);
    const { userId, idempotency } = request;
    if (idempotency && outcome.kind === 'granted') keep(idempotency, userId, outcome.answer);
    if (idempotency && outcome.kind === 'refused' && isLastWord(outcome, request))
      keep(idempotency, userId, outcome.code);
    return outcome;
  });
  return { outcomes, writes, touched: changesOf(touchedSeats, touchedStock) };

  /** If a hold whose time is up is in the way, it is ended and the request is decided again. */
  function isLastWord({ code, overdue }: RefusedHold, { final }: HoldRequest): boolean {
    return isKept(code) && (final || !overdue);
  }

  function claim(request: HoldRequest): HoldOutcome {
    if (request.kind === 'tickets') return claimStock(request);
    if (request.kind === 'seats') return claimSeats(request, request.seatIds);
    const choice = chosen.get(request) ?? { kind: 'crowded' };
    if (choice.kind !== 'chosen') return choice;
    const outcome = claimSeats(request, choice.seatIds, choice.adjacent);
    // The buyer didn't make this choice: if it fails, they get another one.
    return outcome.kind === 'granted' ? outcome : { kind: 'crowded' };
  }

  function claimSeats(
    request: SeatsRequest | BestRequest,
    seatIds: string[],
    adjacent?: boolean,
  ): HoldOutcome {
    const seats = seatIds.flatMap((id) => facts.seats.get(id) ?? []);
    if (seats.length < seatIds.length || seats.some(({ event_id }) => event_id !== request.eventId)) {
      return { kind: 'refused', code: 'SEAT_NOT_FOUND' };
    }
    const taken = seats.filter(({ status }) => status !== 'available');
    if (taken.length > 0)
      return { kind: 'refused', code: 'SEAT_UNAVAILABLE', overdue: taken.some(({ overdue }) => overdue) };
    if (seats.some((seat) => isAlone(seat, request.userId, seatIds)))
      return { kind: 'refused', code: 'COMPANION_SEAT' };
    const isFree = seats.every(({ price }) => price === 0);
    for (const seat of seats) {
      // A free reservation is confirmed at once: see write.sql.
      seat.status = isFree ? 'reserved' : 'locked';
      touchedSeats.add(seat);
      owners.set(seat.id, request.userId);
    }
    heldBy(request).seats += seats.length;
    const reservation = {
      ...reserve(
        request,
        seats.map(({ id, price }) => ({ seat_id: id, ticket_type_id: null, quantity: 1, unit_price: price })),
      ),
      seats: seats.map(({ id, label, price, status }) => ({ id, seat_label: label, price, status })),
      ...(adjacent !== undefined && { adjacent }),
    };
    return { kind: 'granted', answer: { message: request.message, reservation } };
  }

  /** Whether it is a companion seat of no seat that the user has or asks for. */
  function isAlone({ companion_of }: LockedSeat, userId: string, seatIds: string[]): boolean {
    if (!companion_of) return false;
    return !companion_of.some(
      ({ id, owner }) => seatIds.includes(id) || (owners.get(id) ?? owner) === userId,
    );
  }

  function claimStock(request: TicketsRequest): HoldOutcome {
    const wanted: { stock: LockedStock; quantity: number }[] = [];
    for (const { ticketTypeId, quantity } of request.items) {
      const stock = facts.stock.get(ticketTypeId);
      if (stock?.event_id !== request.eventId) return { kind: 'refused', code: 'TICKET_TYPE_NOT_FOUND' };
      if (stock.refusal) return { kind: 'refused', code: stock.refusal };
      if (!allows(stock, quantity)) return { kind: 'refused', code: 'QUANTITY_NOT_ALLOWED' };
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
  ) {
    const id = newUuid();
    const reservationNumber = newReservationNumber();
    const { holdSeconds } = (facts.events.get(eventId) as EventFacts).limits;
    const totalAmount = claims.reduce((sum, { unit_price, quantity }) => sum + unit_price * quantity, 0);
    writes.reservations.push({
      id,
      number: reservationNumber,
      user_id: userId,
      event_id: eventId,
      total: totalAmount,
      holdSeconds,
    });
    writes.claims.push(
      ...claims.map((each, index) => ({ reservation_id: id, position: index + 1, ...each })),
    );
    const expiresAt = new Date(facts.now + holdSeconds * 1_000).toISOString();
    return { id, reservationNumber, totalAmount, expiresAt };
  }

  function keep(idempotency: IdempotencyKey, userId: string, decided: object | ErrorCode): void {
    const { key } = idempotency;
    const kept = answerToKeep(idempotency, decided, 201);
    writes.keys.push({ user_id: userId, key, ...kept });
    facts.keys.set(pairKey(userId, key), kept);
  }
}

function allows({ min, max, step }: LockedStock, quantity: number): boolean {
  return quantity >= min && quantity <= (max ?? quantity) && (quantity - min) % step === 0;
}

/** A row's version grows by one in a batch, however many requests touched it: see settle_seats in migration 0003. */
function changesOf(seats: Set<LockedSeat>, stock: Set<LockedStock>): Touched[] {
  const byEvent = new Map<string, Touched>();
  for (const { id, event_id, status, version } of seats)
    touchedIn(byEvent, event_id).seats.push({ seatId: id, status, version: version + 1 });
  for (const { id, event_id, available, total, version } of stock) {
    touchedIn(byEvent, event_id).stock.push({
      ticketTypeId: id,
      availableQuantity: available,
      totalQuantity: total,
      version: version + 1,
    });
  }
  return [...byEvent.values()];
}
