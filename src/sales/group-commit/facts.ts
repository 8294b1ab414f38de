import type pg from 'pg';
import type { SaleSettings } from '../../config/config.ts';
import { allOf, arrayOf, statement } from '../../database/statements.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { keyLock, pairKey } from '../../idempotency/lock-names.ts';
import type { Demand } from '../hold-request.ts';
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
 * Locks what the demands are about, but for seats that are still to be chosen, and reads it. All of it is sent at once, to be
 * worked through in this order: the keys, without waiting; the users, before anything is read; seats and stock.
 */
export async function lockFacts(
  client: pg.PoolClient,
  demands: Demand[],
  settings: SaleSettings,
): Promise<Facts> {
  const pairs = new Map(demands.map((demand) => [pairKey(demand.userId, demand.eventId), demand]));
  const asked = [...pairs.values()];
  const keys = demands.flatMap(({ userId, idempotency }) =>
    idempotency ? { user_id: userId, key: idempotency.key } : [],
  );
  const users = demands.map(({ userId, eventId }, asker) => ({ id: pairKey(userId, eventId), asker }));
  const seatIds = demands.flatMap((demand, asker) =>
    // Nobody's seats are locked for a demand that asks for too many.
    demand.kind === 'seats' && demand.seatIds.length <= settings.maxSeatsPerReservation
      ? demand.seatIds.map((id) => ({ id, asker }))
      : [],
  );
  const typeIds = demands.flatMap((demand, asker) =>
    demand.kind === 'tickets' ? demand.items.map(({ ticketTypeId: id }) => ({ id, asker })) : [],
  );
  const wantedTickets = demands
    .flatMap((demand) => (demand.kind === 'tickets' ? demand.items : []))
    .reduce((sum, { quantity }) => sum + quantity, 0);

  const [busyKeys, , read, seats, stock] = await allOf([
    lockKeys(client, demands),
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

/** What is asked for, and by which demand of the batch. */
function askedFor(wanted: { id: string; asker: number }[]): string[] {
  return [arrayOf(wanted, ({ id }) => id), arrayOf(wanted, ({ asker }) => asker)];
}

/** @returns the names of those that somebody else has */
async function lockKeys(client: pg.PoolClient, demands: Demand[]): Promise<Set<string>> {
  const wanted = demands.flatMap(({ userId, idempotency }, asker) =>
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

/** Those of the demands' events that have holds which are over and which nobody has ended yet. */
export async function overdueEvents(client: pg.PoolClient, demands: Demand[]): Promise<Set<string>> {
  const ids = [...new Set(demands.map(({ eventId }) => eventId))];
  const { rows } = await client.query<{ id: string }>(statements.overdueEvents([arrayOf(ids, (id) => id)]));
  return new Set(rows.map(({ id }) => id));
}
