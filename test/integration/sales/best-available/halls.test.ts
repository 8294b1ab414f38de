import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Halls } from '../../../../src/sales/best-available/halls.ts';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { holdSeats } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  // One lane has one connection, so a batch that needed a second one would wait for itself.
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000', SALE_LANES: '1' } });
  api = apiOf(service);
});
afterEach(() => vi.restoreAllMocks());
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

/** Counts how often the sale engine sends a statement from now on. */
function countStatements(name: string): () => number {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  return () => spy.mock.calls.filter(([query]) => (query as { name?: string })?.name === name).length;
}

test('a batch reads the halls of several events on its own connection', async () => {
  const events = await Promise.all([1, 2, 3].map(() => service.seedEvent({ seats: 10 })));
  const reads = countStatements('live/event');
  const ask = () => Promise.all(events.map(({ eventId }) => api.best({ eventId, quantity: 2 })));
  expect(tally([...(await ask()), ...(await ask())])).toEqual({ 201: 6 });
  expect(reads()).toBe(3);
});

test('a rush for a sold-out hall reads its seats once, and then compares versions', async () => {
  const { eventId } = await service.seedEvent({ seats: 2 });
  expect((await api.best({ eventId, quantity: 2 })).status).toBe(201);
  const reads = countStatements('live/event');
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all([1, 2, 3].map(() => api.best({ eventId, quantity: 1 })));
    expect(tally(answers)).toEqual({ '409 SOLD_OUT': 3 });
  }
  expect(reads()).toBe(0);
});

test('a request waits for the last seats while others decide on them, and a request that cannot get them is refused at once', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
  await service.db
    .updateTable('seats')
    .set({ section: 'B' })
    .where('id', '=', seatIds[3] as string)
    .execute();
  expect((await api.best({ eventId, quantity: 1, section: 'B' })).status).toBe(201);
  const letGo = await holdSeats(service.db, eventId);
  const waiting = api.best({ eventId, quantity: 3 });
  const refused = [
    await api.best({ eventId, quantity: 1, section: 'B' }),
    await api.best({ eventId, quantity: 4 }),
  ];
  expect(tally(refused)).toEqual({ '409 SOLD_OUT': 2 });
  await letGo();
  expect((await waiting).status).toBe(201);
});

test('a buyer never pays more than their maximum, even if the price rose after the hall was cached', async () => {
  const { eventId } = await service.seedEvent({ seats: 4, price: 50_000 });
  expect((await api.best({ eventId, quantity: 1 })).status).toBe(201);
  await service.db.updateTable('seats').set({ price: 90_000 }).where('event_id', '=', eventId).execute();
  expect(tally([await api.best({ eventId, quantity: 1, maxPrice: 50_000 })])).toEqual({ '409 SOLD_OUT': 1 });
  const { status, body } = await api.best({ eventId, quantity: 2, maxPrice: 90_000 });
  expect([status, body.reservation?.totalAmount]).toEqual([201, 180_000]);
});

test('the seats of a failed batch go to the next request', async () => {
  const { eventId } = await service.seedEvent({ seats: 4 });
  expect((await api.best({ eventId, quantity: 1 })).status).toBe(201);
  await sql`ALTER TABLE reservations ADD CONSTRAINT nothing_goes CHECK (false) NOT VALID`.execute(service.db);
  const failed = await api
    .best({ eventId, quantity: 3 })
    .finally(() => sql`ALTER TABLE reservations DROP CONSTRAINT nothing_goes`.execute(service.db));
  expect(failed.status).toBe(500);
  expect((await api.best({ eventId, quantity: 3 })).status).toBe(201);
});

describe('a hall', () => {
  let pool: pg.Pool;
  beforeAll(() => {
    pool = new pg.Pool(service.app.salePool.options);
    pool.options.max = 2;
  });
  afterAll(() => pool.end());

  test('refuses no request before it has read what its event missed', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    const halls = new Halls(service.app.live);
    const client = await pool.connect();
    const hall = await halls.load(client, eventId);
    expect(hall.isFree(0)).toBe(true);
    expect(await halls.refresh(client, eventId)).toBe(false);
    // A sale that is told to no instance.
    const reservation = randomUUID();
    await sql`
      WITH reserved AS (
        INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, expires_at)
        VALUES (${reservation}, 'TK000000000000', ${randomUUID()}, ${eventId}, 1, now() + interval '5 minutes'))
      INSERT INTO reservation_items (reservation_id, seat_id, quantity, unit_price)
      VALUES (${reservation}, ${seatIds[0]}, 1, 1)`.execute(service.db);
    expect(hall.isFree(0)).toBe(true);
    expect(await halls.refresh(client, eventId)).toBe(true);
    expect(hall.isFree(0)).toBe(false);
    client.release();
  });

  test('is the same one for two readers at once', async () => {
    const { eventId } = await service.seedEvent({ seats: 1 });
    const halls = new Halls(service.app.live);
    const clients = [await pool.connect(), await pool.connect()];
    const known = await Promise.all(clients.map((client) => halls.load(client, eventId)));
    for (const client of clients) client.release();
    expect(known[0]).toBe(known[1]);
  });
});

describe('while the instances are cut off from each other', () => {
  let deaf: Service;
  beforeAll(async () => {
    deaf = await startService({ instances: 2, ownRedis: true, env: { SWEEP_INTERVAL_MS: '60000' } });
    await deaf.redis.stop();
  });
  afterAll(() => deaf.stop());

  test('both serve buyers while seats last, and find freed seats', async () => {
    const { eventId } = await deaf.seedEvent({ seats: 160 });
    const [one, other] = [apiOf(deaf, 0), apiOf(deaf, 1)];
    const users = Array.from({ length: 40 }, () => randomUUID() as string);
    const ask = (userId: string, index: number) =>
      (index % 2 ? one : other).best({ eventId, quantity: 4 }, userId);
    const answers = await Promise.all(users.map(ask));
    expect(tally(answers)).toEqual({ 201: 40 });

    expect(tally([await other.best({ eventId, quantity: 1 })])).toEqual({ '409 SOLD_OUT': 1 });
    await one.cancel(answers[0]?.body.reservation.id, users[0] as string);
    expect((await other.best({ eventId, quantity: 4 })).status).toBe(201);
    await expectInvariants(deaf.db);
  });

  test('an instance without recent sales finds seats beyond those that the other sold', async () => {
    const { eventId } = await deaf.seedEvent({ seats: 400 });
    const [one, other] = [apiOf(deaf, 0), apiOf(deaf, 1)];
    expect((await other.best({ eventId, quantity: 1 })).status).toBe(201);
    const sold = await Promise.all(Array.from({ length: 90 }, () => one.best({ eventId, quantity: 4 })));
    expect(tally(sold)).toEqual({ 201: 90 });
    const last = await Promise.all(Array.from({ length: 39 }, () => other.best({ eventId, quantity: 1 })));
    expect(tally(last)).toEqual({ 201: 39 });
  });
});
