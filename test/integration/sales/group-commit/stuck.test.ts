import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold, holdStock, untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';

/** How long a buyer waits at most whom the stuck row doesn't concern, and one whom it does. */
const NEIGHBOUR_MS = 4_000;
const REFUSED_MS = 6_000;

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  // One lane: every event is every other's neighbour.
  service = await startService({ env: { SALE_LANES: '1', SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

async function timed<T extends object>(work: Promise<T>): Promise<T & { ms: number }> {
  const asked = performance.now();
  const answer = await work;
  return { ...answer, ms: performance.now() - asked };
}
const longest = (answers: { ms: number }[]) => Math.max(...answers.map(({ ms }) => ms));

/** An event with one ticket type that sells already, so that who asks now waits for nothing but the decision. */
async function seedTickets() {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const buy = () => timed(api.buy(eventId, [{ ticketTypeId, quantity: 1 }]));
  expect((await buy()).status).toBe(201);
  return { ticketTypeId, buy };
}

/** Does the work while somebody keeps a lock. */
async function meanwhile<T>(holding: Promise<() => Promise<void>>, work: () => Promise<T>): Promise<T> {
  const letGo = await holding;
  try {
    return await work();
  } finally {
    await letGo();
  }
}

test('who wants a row that somebody keeps locked is told 503, and the buyers of other events are served meanwhile', async () => {
  const [stuck, other] = [await seedTickets(), await seedTickets()];
  const served: Awaited<ReturnType<typeof other.buy>>[] = [];
  const refused = await meanwhile(holdStock(service.db, stuck.ticketTypeId), async () => {
    let over = false;
    const rush = Promise.all(Array.from({ length: 64 }, stuck.buy)).finally(() => {
      over = true;
    });
    await untilLockWaiters(service.db, 1);
    while (!over) served.push(await other.buy());
    return await rush;
  });
  expect(tally(refused)).toEqual({ '503 SERVICE_UNAVAILABLE': 64 });
  expect(longest(refused)).toBeLessThan(REFUSED_MS);
  expect(tally(served)).toEqual({ 201: served.length });
  expect(longest(served)).toBeLessThan(NEIGHBOUR_MS);
  // Not all of them after it was over.
  expect(served.length).toBeGreaterThan(10);
  expect((await stuck.buy()).status).toBe(201);
});

test('so are those who asked in the same moment', async () => {
  const [stuck, other] = [await seedTickets(), await seedTickets()];
  const isOther = (index: number) => index % 17 === 16;
  const answers = await meanwhile(holdStock(service.db, stuck.ticketTypeId), () =>
    Promise.all(Array.from({ length: 68 }, (_, index) => (isOther(index) ? other.buy() : stuck.buy()))),
  );
  const served = answers.filter((_, index) => isOther(index));
  expect(tally(served)).toEqual({ 201: 4 });
  expect(longest(served)).toBeLessThan(NEIGHBOUR_MS);
  const refused = answers.filter((_, index) => !isOther(index));
  expect(tally(refused)).toEqual({ '503 SERVICE_UNAVAILABLE': 64 });
  expect(longest(refused)).toBeLessThan(REFUSED_MS);
  expect((await stuck.buy()).status).toBe(201);
});

test('one seat that somebody keeps locked costs the buyers of the other seats nothing but a moment', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 64 });
  const stuck = seatIds[40] as string;
  const holding = hold(service.db, (trx) =>
    sql`SELECT FROM seats WHERE id = ${stuck} FOR UPDATE`.execute(trx),
  );
  const answers = await meanwhile(holding, () =>
    Promise.all(seatIds.map((seatId) => timed(api.reserve(eventId, [seatId])))),
  );
  const refused = answers.splice(40, 1);
  expect(tally(refused)).toEqual({ '503 SERVICE_UNAVAILABLE': 1 });
  expect(tally(answers)).toEqual({ 201: 63 });
  expect(longest(answers)).toBeLessThan(NEIGHBOUR_MS);
  expect((await api.reserve(eventId, [stuck])).status).toBe(201);
});
