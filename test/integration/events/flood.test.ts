import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';

const EVENTS = 900;
/** What an address may spend on searches in a second, in µs. */
const PER_SECOND = 300_000;
/** The address of a request that a test injects. */
const FLOODING = '127.0.0.1';

let service: Service;

beforeAll(async () => {
  service = await startService();
  await sql`
    INSERT INTO events (title, venue, event_date, sale_start_date, sale_end_date)
    SELECT '대홍수 ' || number, '시험 공연장', now() + interval '30 days', now(), now() + interval '29 days'
    FROM generate_series(1, ${EVENTS}::integer) AS number`.execute(service.db);
  await service.refresh();
});
afterAll(() => service.stop());

const search = (limit: number, remoteAddress = FLOODING) =>
  service.app.inject({ url: `/api/v1/events?q=${encodeURIComponent('홍수')}&limit=${limit}`, remoteAddress });

test('a search costs its address what it compares and shows, unless it is in memory', async () => {
  const spent = vi.spyOn(service.app.searchBudget, 'spend');
  for (const limit of [1_000, 1_000, 10]) expect((await search(limit)).statusCode).toBe(200);
  expect(spent.mock.calls).toEqual([
    [FLOODING, 12 + 0.1 * EVENTS + 0.5 * EVENTS],
    [FLOODING, 12 + 0.1 * EVENTS + 0.5 * 10],
  ]);
  spent.mockRestore();
});

test('a flood of searches and unknown ids from one address is refused in part, and payments go on', async () => {
  const api = apiOf(service);
  const { eventId, seatIds } = await service.seedEvent({ seats: 10, price: 1_000 });
  const budget = service.app.searchBudget;
  const exhausted = budget.exhausted.bind(budget);
  // As fast as a whole machine would send them: the window is full each time, also if a new second begins just now.
  const asked = vi.spyOn(budget, 'exhausted').mockImplementation((address) => {
    if (address !== FLOODING) return exhausted(address);
    for (let attempt = 0; attempt < 2; attempt++) {
      budget.spend(address, PER_SECOND);
      const limit = exhausted(address);
      if (limit) return limit;
    }
    return undefined;
  });
  const searches = Array.from({ length: 100 }, (_, index) => search(999 - index));
  const others = Array.from({ length: 100 }, (_, index) => {
    const path = ['events', 'tickets/event', 'tickets/availability', 'seats/events'][index % 4];
    return ask(service.app, { url: `/api/v1/${path}/${randomUUID()}` });
  });
  const payments = seatIds.map(async (seatId) => {
    const held = await api.reserve(eventId, [seatId]);
    const payment = { paymentId: randomUUID(), paymentMethod: 'card', amount: 1_000 };
    const caller = service.as(randomUUID(), 'service');
    return await api.post(`/reservations/${held.body.reservation.id}/confirm`, caller, payment);
  });

  expect(tally(await Promise.all(payments))).toEqual({ 200: seatIds.length });
  for (const answer of await Promise.all(searches)) {
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '1']);
    expect(answer.json().code).toBe('TOO_MANY_REQUESTS');
  }
  const told = tally(await Promise.all(others));
  expect(told['429 TOO_MANY_REQUESTS']).toBeGreaterThan(0);
  expect(told['404 EVENT_NOT_FOUND']).toBeGreaterThan(0);
  asked.mockRestore();
  // All addresses together have a limit as well, and the next second is a new one.
  await vi.waitFor(async () => {
    // Again if the second ends before the search begins.
    budget.spend('others', Number.POSITIVE_INFINITY);
    const other = await search(500, '127.0.0.9');
    expect([other.statusCode, other.headers['retry-after']]).toEqual([503, '1']);
  }, 5_000);
  await vi.waitFor(async () => expect((await search(500, '127.0.0.9')).statusCode).toBe(200), 3_000);
});

test.each(['', '/layout', '/status'])(
  'seats%s that are not in memory count as reads of their address',
  async (view) => {
    const { eventId } = await service.seedEvent({ seats: 10, price: 1_000 });
    await service.refresh();
    const gate = Promise.withResolvers<void>();
    const reads = Array.from({ length: 16 }, () =>
      service.app.publicReads.read(FLOODING, () => gate.promise),
    );
    const url = `/api/v1/seats/events/${eventId}${view}`;
    const refused = await service.app.inject({ url, remoteAddress: FLOODING });
    gate.resolve();
    await Promise.all(reads);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    const together = Array.from({ length: 40 }, () => service.app.inject({ url, remoteAddress: FLOODING }));
    for (const { statusCode } of await Promise.all(together)) expect(statusCode).toBe(200);
  },
);
