import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { apiOf } from '../../support/http.ts';
import type { Service } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Events in every state, a victim with reservations, and an attacker. */
export async function createWorld(service: Service) {
  const [victim, attacker] = [randomUUID(), randomUUID()];
  const past = { saleStartsIn: -3, saleEndsIn: -2 };
  const future = { saleStartsIn: 1, saleEndsIn: 2 };
  const goods = { seats: 10, stock: [50, 5] };
  const events = {
    home: await service.seedEvent(goods),
    other: await service.seedEvent(goods),
    ended: await service.seedEvent({ ...goods, ...past }),
    endedByHand: await service.seedEvent({ ...goods, status: 'ended' }),
    future: await service.seedEvent({ ...goods, ...future, status: 'upcoming' }),
    cancelled: await service.seedEvent({ ...goods, status: 'cancelled' }),
    soldOut: await service.seedEvent({ ...goods, status: 'sold_out' }),
    seatless: await service.seedEvent({ stock: [5] }),
  };

  const post = async (user: string, path: string, payload?: object) => {
    const { status, body } = await apiOf(service).post(path, user, payload);
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    return body.reservation?.id as string;
  };
  const { eventId, seatIds, ticketTypeIds } = events.home;
  const hold = (user: string, from: number) =>
    post(user, '/seats/reserve', { eventId, seatIds: seatIds.slice(from, from + 1) });
  const buy = (user: string) =>
    post(user, '/reservations', { eventId, items: [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }] });
  const reservations = {
    victims: await hold(victim, 0),
    victimsTickets: await buy(victim),
    cancelled: await buy(attacker),
    expired: await buy(attacker),
  };
  await post(attacker, `/reservations/${reservations.cancelled}/cancel`);
  await sql`UPDATE reservations SET expires_at = now() - interval '1 second' WHERE id = ${reservations.expired}`.execute(
    service.db,
  );
  await eventually(async () => {
    const { rows } = await sql`SELECT FROM reservations WHERE status = 'expired'`.execute(service.db);
    expect(rows).toHaveLength(1);
  });
  // A purchase enters the waiting room. The attacker is inside of all of them already, so that refusals change no place.
  for (const { eventId } of Object.values(events)) await post(attacker, `/queue/check/${eventId}`);
  const halls = service.db.selectFrom('events').select('seat_layout_id').where('id', '=', eventId);
  const hall = (await halls.executeTakeFirstOrThrow()).seat_layout_id as string;
  const webhooks = {
    victims: await subscribe(service, victim),
    attackers: await subscribe(service, attacker),
  };
  await createChecksums(service);
  return { service, attacker, victim, events, reservations, hall, webhooks };
}

/** A subscription of the feed, so that nothing is delivered. */
async function subscribe(service: Service, userId: string): Promise<string> {
  const headers = service.as(userId, 'organizer');
  const { status, body } = await apiOf(service).post('/admin/webhooks', headers, {
    types: ['event.published'],
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.webhook.id;
}

const TABLES = [
  'audit_log',
  'event_cancellations',
  'layout_seats',
  'outbox',
  'posters',
  'refunds',
  'seat_blocks',
  'blocked_seats',
  'webhook_deliveries',
  'webhooks',
  'events',
  'seat_layouts',
  'seats',
  'ticket_types',
  'reservations',
  'reservation_items',
  'keyword_mappings',
];

/** In one command, since it runs 1,800 times. The instances talk to each other by the keys of Socket.IO, without any request. */
const READ_KEYS = `
  local found = {}
  for _, key in ipairs(redis.call('KEYS', '*')) do
    if not string.find(key, 'socket.io', 1, true) then
      local kind = redis.call('TYPE', key).ok
      found[#found + 1] = { key, kind == 'zset' and redis.call('ZRANGE', key, 0, -1) or kind }
    end
  end
  return found`;

/** A function, so that PostgreSQL plans this once a connection. */
async function createChecksums({ db }: Service): Promise<void> {
  const checksums = TABLES.map(
    (table) => sql`
      SELECT ${sql.lit(table)}, count(*), md5(string_agg(row::text, '' ORDER BY row::text)) FROM ${sql.table(table)} AS row`,
  );
  await sql`CREATE FUNCTION checksums() RETURNS TABLE (name text, count bigint, checksum text) LANGUAGE plpgsql AS $$
    BEGIN RETURN QUERY ${sql.join(checksums, sql` UNION ALL `)}; END $$`.execute(db);
}

/** Everything that the service stores: all rows of these tables, and all keys of Redis without the times of contact. */
export async function everything({ db, redis: { client } }: Service) {
  const { rows: tables } = await sql`SELECT * FROM checksums()`.execute(db);
  const keys = (await client.eval(READ_KEYS, 0)) as [string, string | string[]][];
  return { tables, keys: keys.sort(([a], [b]) => (a < b ? -1 : 1)) };
}
