import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, type HttpAnswer, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold, holdStock, untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';

/*
 * A batch waits 500 ms for a lock. Its parts are then tried for two seconds, 100 ms each, and all of them are answered together.
 * A lone request waits two seconds. The bounds leave a busy machine room on top of that.
 */
const REFUSED_MS = 6_000;
/** For buyers whose batch meets the locked row, or waits behind a lone request that does. */
const SAME_BATCH_MS = 4_000;
/** For buyers whose batch comes after one that met the locked row. */
const NEXT_BATCH_MS = 2_000;

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  // One lane, so that all events share their batches.
  service = await startService({ env: { SALE_LANES: '1', SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

type Timed = HttpAnswer & { ms: number };

async function timed(work: Promise<HttpAnswer>): Promise<Timed> {
  const asked = performance.now();
  const answer = await work;
  return { ...answer, ms: performance.now() - asked };
}
const longest = (answers: Timed[]) => Math.max(...answers.map(({ ms }) => ms));

function expectRefused(answers: Timed[], count: number): void {
  expect(tally(answers)).toEqual({ '503 SERVICE_UNAVAILABLE': count });
  expect(longest(answers)).toBeLessThan(REFUSED_MS);
  for (const { headers } of answers) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
}

function expectServed(answers: Timed[], count: number, ms: number): void {
  expect(tally(answers)).toEqual({ 201: count });
  expect(longest(answers)).toBeLessThan(ms);
}

/** An event whose one ticket type is known to the instance, so that a purchase waits for its decision alone. */
async function seedTickets() {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const buy = () => timed(api.buy(eventId, [{ ticketTypeId, quantity: 1 }]));
  expect((await buy()).status).toBe(201);
  return { ticketTypeId, buy };
}

/** Does the work while a lock is held. */
async function meanwhile<T>(holding: Promise<() => Promise<void>>, work: () => Promise<T>): Promise<T> {
  const letGo = await holding;
  try {
    return await work();
  } finally {
    await letGo();
  }
}

test('a lone buyer of a locked ticket type is refused, and a buyer of another event is served', async () => {
  const [stuck, other] = [await seedTickets(), await seedTickets()];
  await meanwhile(holdStock(service.db, stuck.ticketTypeId), async () => {
    const refused = stuck.buy();
    await untilLockWaiters(service.db, 1);
    expectServed([await other.buy()], 1, SAME_BATCH_MS);
    expectRefused([await refused], 1);
  });
  expect((await stuck.buy()).status).toBe(201);
});

test('a rush for a locked ticket type is refused, and buyers of another event are served meanwhile, within two seconds each', async () => {
  const [stuck, other] = [await seedTickets(), await seedTickets()];
  const served: Timed[] = [];
  const refused = await meanwhile(holdStock(service.db, stuck.ticketTypeId), async () => {
    let ended = false;
    const rush = Promise.all(Array.from({ length: 64 }, stuck.buy)).finally(() => {
      ended = true;
    });
    await untilLockWaiters(service.db, 1);
    while (!ended) served.push(await other.buy());
    return await rush;
  });
  expectRefused(refused, 64);
  // The machine may stand still during one of them.
  expectServed(served, served.length, SAME_BATCH_MS);
  expect(served.filter(({ ms }) => ms >= NEXT_BATCH_MS).length).toBeLessThanOrEqual(1);
  // The last of them may have ended after the rush.
  expect(served.length).toBeGreaterThan(10);
  expect((await stuck.buy()).status).toBe(201);
});

test('buyers of another event in the batch of a locked ticket type are served within four seconds', async () => {
  const [stuck, other] = [await seedTickets(), await seedTickets()];
  const isOther = (index: number) => index % 17 === 16;
  const answers = await meanwhile(holdStock(service.db, stuck.ticketTypeId), () =>
    Promise.all(Array.from({ length: 68 }, (_, index) => (isOther(index) ? other.buy() : stuck.buy()))),
  );
  const served = answers.filter((_, index) => isOther(index));
  expectServed(served, 4, SAME_BATCH_MS);
  expectRefused(
    answers.filter((_, index) => !isOther(index)),
    64,
  );
  expect((await stuck.buy()).status).toBe(201);
});

test('the buyer of a locked seat is refused, and the buyers of all other seats in its batch are served within four seconds', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 64 });
  const stuck = seatIds[40] as string;
  const holding = hold(service.db, (trx) =>
    sql`SELECT FROM seats WHERE id = ${stuck} FOR UPDATE`.execute(trx),
  );
  const answers = await meanwhile(holding, () =>
    Promise.all(seatIds.map((seatId) => timed(api.reserve(eventId, [seatId])))),
  );
  const refused = answers.splice(40, 1);
  expectRefused(refused, 1);
  expectServed(answers, 63, SAME_BATCH_MS);
  expect((await api.reserve(eventId, [stuck])).status).toBe(201);
});
