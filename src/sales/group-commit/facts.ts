import type pg from 'pg';
import type { SaleSettings } from '../../config/config.ts';
import { allOf, arrayOf, statement } from '../../database/statements.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { keyLock, pairKey } from '../../idempotency/lock-names.ts';
import type { HoldRequest } from '../hold-request.ts';
import type { Facts, Seat, Stock } from './decide.ts';

interface FactsRow {
  now: string;
  events: { id: string; refusal: ErrorCode | null }[];
  claims: { user_id: string; event_id: string; seats: number; tickets: number }[];
  keys: { user_id: string; key: string; fingerprint: string; status: number; body: string }[];
}

const statements = {
  lockUsers: statement(new URL('./sql/lock-users.sql', import.meta.url)),
  lockKeys: statement(new URL('./sql/lock-keys.sql', import.meta.url)),
  facts: statement(new URL('./sql/facts.sql', import.meta.url)),
  lockSeats: statement(new URL('./sql/lock-seats.sql', import.meta.url)),
  lockFreeSeats: statement(new URL('./sql/lock-free-seats.sql', import.meta.url)),
  lockStock: statement(new URL('./sql/lock-stock.sql', import.meta.url)),
  overdueEvents: statement(new URL('./sql/overdue-events.sql', import.meta.url)),
};

/**
 * Locks what the requests are about, but for seats that are still to be chosen, and reads it. All of it is sent at once, to be
 * worked through in this order: the keys, without waiting; the users, before anything is read; seats and stock.
 */
export async function lockFacts(
  client: pg.PoolClient,
  requests: HoldRequest[],
  settings: SaleSettings,
): Promise<Facts> {
  const pairs = new Map(requests.map((request) => [pairKey(request.userId, request.eventId), request]));
  const asked = [...pairs.values()];
  const keys = requests.flatMap(({ userId, idempotency }) =>
    idempotency ? { user_id: userId, key: idempotency.key } : [],
  );
  const users = requests.map(({ userId, eventId }, asker) => ({ id: pairKey(userId, eventId), asker }));
  const seatIds = requests.flatMap((request, asker) =>
    // Nobody's seats are locked for a request that asks for too many.
    request.kind === 'seats' && request.seatIds.length <= settings.maxSeatsPerReservation
      ? request.seatIds.map((id) => ({ id, asker }))
      : [],
  );
  const typeIds = requests.flatMap((request, asker) =>
    request.kind === 'tickets' ? request.items.map(({ ticketTypeId: id }) => ({ id, asker })) : [],
  );
  const wantedTickets = requests
    .flatMap((request) => (request.kind === 'tickets' ? request.items : []))
    .reduce((sum, { quantity }) => sum + quantity, 0);

  const [busyKeys, , read, seats, stock] = await allOf([
    lockKeys(client, requests),
    client.query(statements.lockUsers(askedFor(users))),
    client.query<FactsRow>(
      statements.facts([
        arrayOf([...new Set(asked.map(({ eventId }) => eventId))], (id) => id),
        arrayOf(asked, ({ userId }) => userId),
        arrayOf(asked, ({ eventId }) => eventId),
        JSON.stringify(keys),
      ]),
    ),
    seatIds.length > 0 && client.query<Seat>(statements.lockSeats(askedFor(seatIds))),
    typeIds.length > 0 && client.query<Stock>(statements.lockStock([...askedFor(typeIds), wantedTickets])),
  ] as const);
  const { now, events, claims, keys: kept } = read.rows[0] as FactsRow;
  return {
    now: Date.parse(now),
    events: new Map(events.map(({ id, refusal }) => [id, refusal])),
    claims: new Map(claims.map(({ user_id, event_id, ...held }) => [pairKey(user_id, event_id), held])),
    keys: new Map(kept.map(({ user_id, key, ...answer }) => [pairKey(user_id, key), answer])),
    busyKeys,
    seats: new Map(seats ? seats.rows.map((seat) => [seat.id, seat]) : []),
    stock: new Map(stock ? stock.rows.map((each) => [each.id, each]) : []),
  };
}

/** What is asked for, and by which request of the batch. */
function askedFor(wanted: { id: string; asker: number }[]): string[] {
  return [arrayOf(wanted, ({ id }) => id), arrayOf(wanted, ({ asker }) => asker)];
}

/** @returns the names of those that somebody else has */
async function lockKeys(client: pg.PoolClient, requests: HoldRequest[]): Promise<Set<string>> {
  const wanted = requests.flatMap(({ userId, idempotency }, asker) =>
    idempotency ? { asker, name: keyLock(userId, idempotency.key) } : [],
  );
  if (wanted.length === 0) return new Set();
  const { rows } = await client.query<{ busy: string[] }>(statements.lockKeys([JSON.stringify(wanted)]));
  return new Set(rows[0]?.busy);
}

/** Locks those of the seats that nobody else has locked, without waiting. */
export async function lockFreeSeats(client: pg.PoolClient, ids: string[]): Promise<Seat[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<Seat>(statements.lockFreeSeats([arrayOf(ids, (id) => id)]));
  return rows;
}

/** Those of the requests' events that have holds which are over and which nobody has ended yet. */
export async function overdueEvents(client: pg.PoolClient, requests: HoldRequest[]): Promise<Set<string>> {
  const ids = [...new Set(requests.map(({ eventId }) => eventId))];
  const { rows } = await client.query<{ id: string }>(statements.overdueEvents([arrayOf(ids, (id) => id)]));
  return new Set(rows.map(({ id }) => id));
}
