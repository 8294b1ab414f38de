import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { apiOf, type HttpAnswer, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

/** A command that Redis doesn't answer is given up after this time. */
const TIME_LIMIT_MS = 1_000;

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({ ownRedis: true, instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(async () => {
  service.redis.resume();
  await eventually(() => expect(service.app.redisHealth.answers).toBe(true), { timeout: 10_000 });
  await expectInvariants(service.db);
});
afterAll(() => service.stop());

/** An event that the instance has not asked Redis about, so that it can't say itself who may buy, and the ways to hold something of it. */
async function eventOnSale() {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 20, stock: [100] });
  const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 1 }];
  let seat = 10;
  return {
    seats: () => api.reserve(eventId, [seatIds[seat++] as string]),
    best: () => api.best({ eventId, quantity: 2 }),
    tickets: () => api.buy(eventId, items),
  };
}

/** Transactions that are open and wait for this process. */
async function openTransactions(): Promise<number> {
  const { rows } = await sql`
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'`.execute(
    service.db,
  );
  return rows.length;
}

test.each(['seats', 'best', 'tickets'] as const)(
  'a hold of %s that waits for a late Redis keeps no row locked, and goes on without it',
  async (kind) => {
    const sale = await eventOnSale();
    service.redis.pause();
    const pausedAt = performance.now();
    let answer: HttpAnswer | undefined;
    const holding = sale[kind]().then((found) => {
      answer = found;
    });
    let looks = 0;
    while (performance.now() < pausedAt + TIME_LIMIT_MS / 2) {
      expect([answer, await openTransactions()]).toEqual([undefined, 0]);
      looks++;
    }
    expect(looks).toBeGreaterThan(0);
    await holding;
    expect(answer?.status).toBe(201);
    // Redis is known to be late by now: later holds don't wait for it.
    for (const next of ['seats', 'best', 'tickets'] as const) {
      const asked = performance.now();
      expect((await sale[next]()).status).toBe(201);
      expect(performance.now() - asked).toBeLessThan(TIME_LIMIT_MS);
    }
  },
);

test('only a hold waits for a late Redis: tickets of the same type are cancelled meanwhile', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [2] });
  const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 1 }];
  const owner = randomUUID();
  // Only the other instance knows that this event has no line.
  const held = await apiOf(service, 1).buy(eventId, items, owner);
  // The hold waits for as long as a busy machine needs.
  const { options } = service.app.redis as Redis;
  options.commandTimeout = 30_000;
  onTestFinished(() => {
    options.commandTimeout = TIME_LIMIT_MS;
  });
  service.redis.pause();
  let answered = false;
  const buying = api.buy(eventId, items).finally(() => {
    answered = true;
  });
  const cancelled = await api.cancel(held.body.reservation.id, owner);
  expect([cancelled.status, answered]).toEqual([200, false]);
  service.redis.resume();
  expect((await buying).status).toBe(201);
});

test('no more requests wait for a late Redis than may wait for a batch: the next ones are refused at once', async () => {
  const capacity = 10;
  const small = await startService({ ownRedis: true, env: { SALE_QUEUE_CAPACITY: String(capacity) } });
  onTestFinished(() => small.stop());
  const { eventId, ticketTypeIds } = await small.seedEvent({ stock: [100] });
  const buy = () => apiOf(small).buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 1 }]);
  small.redis.pause();
  const early: HttpAnswer[] = [];
  const buying = Promise.all(
    Array.from({ length: 60 }, async () => {
      const answer = await buy();
      early.push(answer);
      return answer;
    }),
  );
  await eventually(() => expect(early.length).toBeGreaterThanOrEqual(60 - capacity));
  // A busy machine may have answered the others by now.
  expect(tally(early.slice(0, 60 - capacity))).toEqual({ '503 SERVICE_UNAVAILABLE': 60 - capacity });
  small.redis.resume();
  expect(tally(await buying)).toEqual({ 201: capacity, '503 SERVICE_UNAVAILABLE': 60 - capacity });
});
