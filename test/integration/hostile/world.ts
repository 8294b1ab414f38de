import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Service } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Events in every state, somebody with something to lose, and somebody who wants it. */
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

  const post = async (user: string, url: string, payload?: object) => {
    const headers = service.as(user);
    const answer = await service.app.inject({ method: 'POST', url, headers, ...(payload && { payload }) });
    expect(answer.statusCode, answer.body).toBeLessThan(300);
    return answer.json().reservation?.id as string;
  };
  const { eventId, seatIds, ticketTypeIds } = events.home;
  const hold = (user: string, from: number) =>
    post(user, '/api/v1/seats/reserve', { eventId, seatIds: seatIds.slice(from, from + 1) });
  const buy = (user: string) =>
    post(user, '/api/v1/reservations', { eventId, items: [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }] });
  const reservations = {
    victims: await hold(victim, 0),
    victimsTickets: await buy(victim),
    cancelled: await buy(attacker),
    expired: await buy(attacker),
  };
  await post(attacker, `/api/v1/reservations/${reservations.cancelled}/cancel`);
  await sql`UPDATE reservations SET expires_at = now() - interval '1 second' WHERE id = ${reservations.expired}`.execute(
    service.db,
  );
  await eventually(async () => {
    const { rows } = await sql`SELECT FROM reservations WHERE status = 'expired'`.execute(service.db);
    expect(rows).toHaveLength(1);
  });
  // Whoever reserves enters: he is inside everywhere already, so that what follows has nothing left to change.
  for (const { eventId } of Object.values(events)) await post(attacker, `/api/v1/queue/check/${eventId}`);
  return { service, attacker, victim, events, reservations };
}

const TABLES = [
  'events',
  'seat_layouts',
  'seats',
  'ticket_types',
  'reservations',
  'reservation_items',
  'keyword_mappings',
];

/** All that the service knows: every row of every table, and what is in Redis, but for times of contact. */
export async function everything({ db, redis }: Service) {
  const tables: Record<string, unknown> = {};
  for (const table of TABLES) {
    const { rows } = await sql`
      SELECT count(*) AS count, md5(string_agg(row::text, '' ORDER BY row::text)) AS checksum
      FROM ${sql.table(table)} AS row`.execute(db);
    tables[table] = rows[0];
  }
  const keys: Record<string, unknown> = {};
  for (const key of (await redis.client.keys('*')).sort()) {
    // The instances' own talk, which goes on whoever asks for what.
    if (key.includes('socket.io')) continue;
    const type = await redis.client.type(key);
    keys[key] = type === 'zset' ? await redis.client.zrange(key, '0', '-1') : type;
  }
  return { tables, keys };
}
