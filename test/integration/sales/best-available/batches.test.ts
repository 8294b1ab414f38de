import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../../src/config/config.ts';
import { lockNames } from '../../../../src/idempotency/advisory-locks.ts';
import { pairKey } from '../../../../src/idempotency/lock-names.ts';
import { Halls } from '../../../../src/sales/best-available/halls.ts';
import { type Batching, runBatch } from '../../../../src/sales/group-commit/batch.ts';
import type { BestRequest, HoldRequest } from '../../../../src/sales/hold-request.ts';
import { KnownLimits } from '../../../../src/sales/limits.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold } from '../../../support/locks.ts';
import { countRoundTrips } from '../../../support/round-trips.ts';
import { type Service, startService } from '../../../support/service.ts';

const settings = loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'x'.repeat(40) }).sale;

let service: Service;
let pool: pg.Pool;
let halls: Halls;
let client: pg.PoolClient;
let other: pg.PoolClient;

beforeAll(async () => {
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
  pool = new pg.Pool(service.app.salePool.options);
});
beforeEach(async () => {
  halls = new Halls(service.app.live);
  [client, other] = [await pool.connect(), await pool.connect()];
});
afterEach(async () => {
  for (const each of [client, other]) each.release(true);
  await expectInvariants(service.db);
});
afterAll(async () => {
  await pool.end();
  await service.stop();
});

/** An event in memory. */
async function knownHall(seats: number) {
  const { eventId, seatIds } = await service.seedEvent({ seats });
  return { eventId, seatIds, hall: await halls.load(client, eventId) };
}

const wish = (eventId: string, quantity: number, userId = randomUUID() as string): BestRequest => ({
  kind: 'best',
  userId,
  eventId,
  quantity,
  message: 'held',
});

async function outcomes(on: pg.PoolClient, requests: HoldRequest[], batching: Partial<Batching> = {}) {
  const committed = service.app.live.publish.bind(service.app.live);
  const decided = await runBatch(on, requests, {
    halls,
    limits: new KnownLimits(settings),
    committed,
    ...batching,
  });
  return decided.map((outcome) => (outcome.kind === 'refused' ? outcome.code : outcome.kind));
}

test('the best seats of an event in memory take two round trips, one to read and lock and one to write', async () => {
  const { eventId } = await knownHall(20);
  const roundTrips = countRoundTrips(client);
  const ask = () => outcomes(client, [wish(eventId, 1), wish(eventId, 2), wish(eventId, 3)]);
  expect([...(await ask()), ...(await ask())]).toEqual(Array(6).fill('granted'));
  expect(roundTrips()).toBe(2 + 2);
});

test('an event that allows more seats than the service takes two round trips as well, once its limits are known', async () => {
  const { eventId } = await knownHall(20);
  await service.db
    .updateTable('events')
    .set({ max_seats_per_reservation: 6, max_seats_per_user: 6 })
    .where('id', '=', eventId)
    .execute();
  const limits = new KnownLimits(settings);
  const ask = () => outcomes(client, [wish(eventId, 6)], { limits });
  const roundTrips = countRoundTrips(client);
  expect(await ask()).toEqual(['granted']);
  const first = roundTrips();
  expect(await ask()).toEqual(['granted']);
  expect([first, roundTrips() - first]).toEqual([3, 2]);
});

test('the transaction that is sent while another commits takes two round trips as well', async () => {
  const { eventId } = await knownHall(8);
  const { promise: second, resolve } = Promise.withResolvers<string[]>();
  let roundTrips = () => 0;
  const onSent = () => {
    roundTrips = countRoundTrips(client);
    resolve(outcomes(client, [wish(eventId, 4)]));
  };
  expect(await outcomes(client, [wish(eventId, 4)], { onSent })).toEqual(['granted']);
  expect([await second, roundTrips()]).toEqual([['granted'], 2]);
});

test('seats that were chosen for a refused request go to another one of the batch', async () => {
  const { eventId } = await knownHall(8);
  const user = randomUUID();
  const first = await outcomes(client, [wish(eventId, 4, user)]);
  const second = await outcomes(client, [wish(eventId, 4, user), wish(eventId, 4)]);
  expect([first, second]).toEqual([['granted'], ['TOO_MANY_SEATS', 'granted']]);
});

test('a seat that another request of the batch names is not chosen', async () => {
  const { eventId, seatIds } = await knownHall(10);
  const named = seatIds.slice(0, 9);
  const seats: HoldRequest[] = named.map((id) => ({
    kind: 'seats',
    userId: randomUUID(),
    eventId,
    seatIds: [id],
    message: 'held',
  }));
  expect(await outcomes(client, [wish(eventId, 1), ...seats])).toEqual(Array(10).fill('granted'));
});

/** Keeps the lock of a user in an event: their batch knows the seats that it hopes for, and no facts yet. */
const holdUser = (userId: string, eventId: string) =>
  hold(service.db, (trx) => lockNames(trx, [pairKey(userId, eventId)]));

test('a request for seats that another batch is about to take is crowded, and gets them once that one is refused', async () => {
  const { eventId, hall } = await knownHall(8);
  const user = randomUUID();
  expect(await outcomes(other, [wish(eventId, 4, user)])).toEqual(['granted']);
  const letGo = await holdUser(user, eventId);
  const slow = outcomes(other, [wish(eventId, 4, user)]);
  expect(await outcomes(client, [wish(eventId, 1)])).toEqual(['crowded']);
  await letGo();
  expect(await slow).toEqual(['TOO_MANY_SEATS']);
  expect(hall.leftOut).toEqual([]);
  expect(await outcomes(client, [wish(eventId, 4)])).toEqual(['granted']);
});

test('a batch that fails before it knows its facts puts back the seats that it chose', async () => {
  const { eventId, hall } = await knownHall(4);
  const user = randomUUID();
  const letGo = await holdUser(user, eventId);
  const failing = outcomes(client, [wish(eventId, 4, user)], { careful: true });
  expect(hall.leftOut).toHaveLength(4);
  await expect(failing).rejects.toThrow('lock timeout');
  await letGo();
  expect(hall.leftOut).toEqual([]);
  expect(await outcomes(client, [wish(eventId, 4)])).toEqual(['granted']);
});
