import { sql } from 'kysely';
import type pg from 'pg';
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
  service = await startService({ poolSize: 4, env: { SALE_LANES: '1', SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

async function seedBuyers() {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const buy = () => api.buy(eventId, [{ ticketTypeId, quantity: 1 }]);
  const buyAll = (count: number) => Promise.all(Array.from({ length: count }, buy));
  return { ticketTypeId, buy, buyAll };
}

// Before the other test, after which the health check has all connections replaced within a second.
test('a statement that takes too long costs its batch a 503 with Retry-After, and its connection sells on', async () => {
  const { ticketTypeId, buy, buyAll } = await seedBuyers();
  await buy();
  const letGo = await holdStock(service.db, ticketTypeId);
  const late = buy();
  const [backend] = await untilLockWaiters(service.db, 1);
  // PostgreSQL answers as after statement_timeout (57014).
  await sql`SELECT pg_cancel_backend(${backend})`.execute(service.db);
  const answer = await late;
  expect(tally([answer])).toEqual({ '503 SERVICE_UNAVAILABLE': 1 });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  await letGo();

  expect(tally(await buyAll(8))).toEqual({ 201: 8 });
  const { rows } = await sql`SELECT FROM pg_stat_activity WHERE pid = ${backend}`.execute(service.db);
  expect(rows).toHaveLength(1);
});

test('buyers do not notice that a pooler has emptied the sessions of the sale', async () => {
  const { buyAll } = await seedBuyers();
  expect(tally(await buyAll(8))).toEqual({ 201: 8 });
  const { salePool } = service.app;
  const sessions: pg.PoolClient[] = await Promise.all([salePool.connect(), salePool.connect()]);
  await Promise.all(sessions.map((session) => session.query('DEALLOCATE ALL')));
  for (const session of sessions) session.release();

  expect(tally(await buyAll(8))).toEqual({ 201: 8 });
});
