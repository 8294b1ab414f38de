import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { ask } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold } from '../../../support/locks.ts';
import { waitForRedis } from '../../../support/redis/wait-for-redis.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { type Person, queueOf, withPeople } from '../../../support/waiting-room/queue-client.ts';

let service: Service;

beforeAll(async () => {
  const env = { QUEUE_THRESHOLD: '1', SEAT_LOCKS: 'true', SWEEP_INTERVAL_MS: '60000' };
  service = await startService({ env });
  waitForRedis(service.apps);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

test('a user outside is refused before they lock a seat against the people inside', async () => {
  const { eventId, seatIds, queue, people } = await withPeople(service, 2);
  const [inside] = people as [Person, Person];
  const [seat] = seatIds as [string];
  const key = `${service.app.redisPrefix}:{${eventId}}:seat:${seat}`;
  await service.app.redis.set(key, 'another request', 'PX', 60_000);
  // Only a request that comes to the locks sees the one on this seat.
  expect((await inside.reserve(seat)).body.code).toBe('SEAT_LOCKED');
  expect((await queue.person().reserve(seat)).body.code).toBe('QUEUE_REQUIRED');
  await service.app.redis.del(key);
  expect((await inside.reserve(seat)).status).toBe(201);
});

test('a buyer whom an administrator sends home gets nothing by an attempt that follows', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const [seat] = seatIds as [string];
  const queue = queueOf(service, eventId);
  const [owner, buyer] = queue.people(2) as [Person, Person];
  const { reservation } = (await owner.reserve(seat)).body;
  await owner.leave();
  await sql`UPDATE reservations SET expires_at = now() WHERE id = ${reservation.id}`.execute(service.db);
  // The first attempt meets a hold that is over. While it is being ended, the waiting room is paused and cleared.
  const letGo = await hold(service.db, (trx) =>
    sql`SELECT FROM reservations WHERE id = ${reservation.id} FOR UPDATE`.execute(trx),
  );
  onTestFinished(letGo);
  const expiring = vi.spyOn(service.app.db, 'transaction');
  onTestFinished(() => expiring.mockRestore());
  const buying = buyer.reserve(seat);
  await eventually(() => expect(expiring).toHaveBeenCalled());
  expect((await queue.change({ paused: true })).status).toBe(200);
  expect((await queue.clear()).status).toBe(200);
  await letGo();
  const { status, body } = await buying;
  expect([status, body.code]).toEqual([403, 'QUEUE_REQUIRED']);
  expect((await ask(service.app, { url: `/api/v1/seats/events/${eventId}` })).body.seats).toMatchObject([
    { id: seat, status: 'available' },
  ]);
});
