import type pg from 'pg';
import { roundTrip } from '../../database/round-trip.ts';
import { arrayOf, statement } from '../../database/statements.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { KeptAnswer, KeptUnderKey } from '../../idempotency/kept-answer.ts';
import { keyLock, pairKey } from '../../idempotency/lock-names.ts';
import type { HoldRequest } from '../hold-request.ts';
import type { LockedSeat, LockedStock } from '../inventory.ts';
import type { Limits } from '../limits.ts';
import { BEGIN, limitWaits, lockKeys, lockUsers, withAskers } from './locks.ts';

export interface EventFacts {
  /** Why the event doesn't sell, or null if it does. */
  refusal: ErrorCode | null;
  limits: Limits;
}

/** The facts that a batch is decided on. They hold until it ends, because its rows and users are locked. */
export interface Facts {
  /** The database's clock, in ms. */
  now: number;
  /** Unknown events are missing. */
  events: Map<string, EventFacts>;
  /** What each user holds of each event, by `pairKey`. */
  claims: Map<string, { seats: number; tickets: number }>;
  /** The answers kept under idempotency keys, by `pairKey`. */
  keys: Map<string, KeptAnswer>;
  /** The locks (`keyLock`) of keys whose request another transaction is answering. */
  busyKeys: Set<string>;
  seats: Map<string, LockedSeat>;
  stock: Map<string, LockedStock>;
}

interface FactsRow {
  now: string;
  events: { id: string; refusal: ErrorCode | null; limits: Partial<Limits> }[];
  claims: { user_id: string; event_id: string; seats: number; tickets: number }[];
  keys: KeptUnderKey[];
}

const statements = {
  facts: statement<FactsRow>(new URL('./sql/facts.sql', import.meta.url)),
  lockSeats: statement<LockedSeat>(new URL('./sql/lock-seats.sql', import.meta.url)),
  lockStock: statement<LockedStock>(new URL('./sql/lock-stock.sql', import.meta.url)),
  overdueEvents: statement<{ id: string }>(new URL('./sql/events-with-overdue-holds.sql', import.meta.url)),
};

/**
 * Begins the transaction, and locks and reads what the requests are about, except for seats that are still to be chosen. All statements
 * are sent at once, and PostgreSQL runs them in this order: the keys, without waiting; the users, before anything is read; seats and stock.
 *
 * @param defaults the limits of events that set none
 */
export async function lockFacts(
  client: pg.PoolClient,
  requests: HoldRequest[],
  defaults: Limits,
  lockTimeoutMs?: number,
): Promise<Facts> {
  const pairs = [
    ...new Map(requests.map((request) => [pairKey(request.userId, request.eventId), request])).values(),
  ];
  const keys = requests.flatMap(({ userId, idempotency }) =>
    idempotency ? { user_id: userId, key: idempotency.key } : [],
  );
  const users = requests.map(({ userId, eventId }, asker) => ({ id: pairKey(userId, eventId), asker }));
  const seatIds = requests.flatMap((request, asker) =>
    request.kind === 'seats' ? request.seatIds.map((id) => ({ id, asker })) : [],
  );
  const large = requests.flatMap((request, asker) =>
    request.kind === 'seats' && request.seatIds.length > defaults.maxSeatsPerReservation
      ? { asker, eventId: request.eventId, wanted: request.seatIds.length }
      : [],
  );
  const typeIds = requests.flatMap((request, asker) =>
    request.kind === 'tickets' ? request.items.map(({ ticketTypeId: id }) => ({ id, asker })) : [],
  );
  const wantedTickets = requests
    .flatMap((request) => (request.kind === 'tickets' ? request.items : []))
    .reduce((sum, { quantity }) => sum + quantity, 0);

  const locks = requests.flatMap(({ userId, idempotency }, asker) =>
    idempotency ? { asker, name: keyLock(userId, idempotency.key) } : [],
  );

  const [, , busy, , read, seats, stock] = await roundTrip(client, [
    BEGIN,
    lockTimeoutMs !== undefined && limitWaits(lockTimeoutMs),
    locks.length > 0 && lockKeys([JSON.stringify(locks)]),
    lockUsers(withAskers(users)),
    statements.facts([
      arrayOf([...new Set(pairs.map(({ eventId }) => eventId))], (id) => id),
      arrayOf(pairs, ({ userId }) => userId),
      arrayOf(pairs, ({ eventId }) => eventId),
      JSON.stringify(keys),
    ]),
    seatIds.length > 0 &&
      statements.lockSeats([
        ...withAskers(seatIds),
        arrayOf(large, ({ asker }) => asker),
        arrayOf(large, ({ eventId }) => eventId),
        arrayOf(large, ({ wanted }) => wanted),
      ]),
    typeIds.length > 0 && statements.lockStock([...withAskers(typeIds), wantedTickets]),
  ]);
  const { now, events, claims, keys: kept } = read[0] as FactsRow;
  return {
    now: Date.parse(now),
    events: new Map(
      events.map(({ id, refusal, limits }) => [id, { refusal, limits: { ...defaults, ...limits } }]),
    ),
    claims: new Map(claims.map(({ user_id, event_id, ...held }) => [pairKey(user_id, event_id), held])),
    keys: new Map(kept.map(({ user_id, key, ...answer }) => [pairKey(user_id, key), answer])),
    busyKeys: new Set(busy[0]?.busy),
    seats: new Map(seats.map((seat) => [seat.id, seat])),
    stock: new Map(stock.map((each) => [each.id, each])),
  };
}

/** Which of the events have holds whose time is up and that have not been ended yet. */
export async function overdueEvents(client: pg.PoolClient, eventIds: Iterable<string>): Promise<Set<string>> {
  const [overdue] = await roundTrip(client, [statements.overdueEvents([arrayOf([...eventIds], (id) => id)])]);
  return new Set(overdue.map(({ id }) => id));
}
