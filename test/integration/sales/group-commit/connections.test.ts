import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { holdStock, untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { expectNoUnhandledRejections } from '../../../support/unhandled-rejections.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

expectNoUnhandledRejections();
beforeAll(async () => {
  service = await startService({ poolSize: 4, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

test('64 buyers at once are all served by a pool of 4 connections', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1_000] });
  const items = [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }];
  const buyers = Array.from({ length: 64 }, () => api.buy(eventId, items));
  expect(tally(await Promise.all(buyers))).toEqual({ 201: 64 });
});

test('a backend that ends during a transaction costs the requests of its batch a 503, and no other request', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const letGo = await holdStock(service.db, ticketTypeId);
  const buy = () => api.buy(eventId, [{ ticketTypeId, quantity: 1 }]);
  const unlucky = buy();
  const [backend] = await untilLockWaiters(service.db, 1);
  const others = Array.from({ length: 39 }, buy);
  await sql`SELECT pg_terminate_backend(${backend})`.execute(service.db);
  await letGo();

  const answers = await Promise.all([unlucky, ...others]);
  expect(tally(answers)).toEqual({ 201: 39, '503 SERVICE_UNAVAILABLE': 1 });
  const acknowledged = answers.flatMap(({ status, body }) => (status === 201 ? body.reservation.id : []));
  const found = await service.db
    .selectFrom('reservations')
    .select('id')
    .where('event_id', '=', eventId)
    .execute();
  expect(found.map(({ id }) => id).sort()).toEqual(acknowledged.sort());
});
