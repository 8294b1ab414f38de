import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { RoundTrip } from '../../../../../src/database/round-trip.ts';
import { runBatch } from '../../../../../src/sales/lifecycle/batch/run-batch.ts';
import { apiOf, tally } from '../../../../support/http.ts';
import { expectInvariants } from '../../../../support/invariants.ts';
import { hold } from '../../../../support/locks.ts';
import { noneBegunAfter } from '../../../../support/property.ts';
import { countRoundTrips } from '../../../../support/round-trips.ts';
import { type Service, startService } from '../../../../support/service.ts';
import { lifecycleOf, PRICE } from '../lifecycle.ts';
import { type Fate, openWorld, RESERVATIONS, type Together } from './world.ts';

let service: Service;
let sale: ReturnType<typeof lifecycleOf>;
let pool: pg.Pool;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  sale = lifecycleOf(service);
  pool = new pg.Pool(service.app.salePool.options);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await expectInvariants(service.db);
});
afterAll(async () => {
  await pool.end();
  await service.stop();
});

const deed = fc.record({
  reservation: fc.nat(RESERVATIONS - 1),
  payment: fc.nat(4),
  amountOff: fc.constantFrom(0, 0, 0, 0, 1),
  key: fc.constantFrom(0, 0, 0, 1, 2),
});
const together: fc.Arbitrary<Together> = fc.record({
  kind: fc.constantFrom('confirm', 'confirm', 'cancel', 'extend'),
  deeds: fc.array(deed, { minLength: 1, maxLength: 6, size: 'max' }),
});
const fate = fc.constantFrom<Fate>(
  'goes on',
  'goes on',
  'goes on',
  'expires',
  'is swept',
  'is cancelled in part',
);
const story = fc.tuple(
  fc.array(fate, { minLength: RESERVATIONS, maxLength: RESERVATIONS }),
  fc.array(together, { minLength: 1, maxLength: 6, size: 'max' }),
);

test('requests that are decided together get the answers, and leave the database, of requests one by one', {
  timeout: 60_000,
}, async () => {
  const client = await pool.connect();
  onTestFinished(() => client.release());
  await fc.assert(
    fc.asyncProperty(
      story,
      noneBegunAfter(6_000, async ([fates, batches]) => {
        const worlds = await Promise.all([openWorld(service, fates), openWorld(service, fates)]);
        for (const world of worlds) await world.begin();
        for (const each of batches) {
          expect(await worlds[0].byBatch(client, each)).toEqual(await worlds[1].oneByOne(each));
          const [together, apart] = await Promise.all(worlds.map((world) => world.state()));
          expect(together).toEqual(apart);
        }
      }),
    ),
    { numRuns: 40 },
  );
});

/** Holds of one seat each, of one event. */
async function holds(count: number) {
  const { eventId, seatIds } = await service.seedEvent({ seats: count, price: PRICE });
  const held = await Promise.all(
    seatIds.map(async (seatId, index) => {
      const userId = randomUUID();
      const { body } = await apiOf(service, index % 2).reserve(eventId, [seatId], userId);
      return { id: body.reservation.id as string, userId };
    }),
  );
  return { eventId, held };
}

const cancel = (id: string, userId: string, instance = 0) =>
  apiOf(service, instance).post(`/reservations/${id}/cancel`, userId);
const extend = (id: string, userId: string, instance = 0) =>
  apiOf(service, instance).post(`/reservations/${id}/extend`, userId);

test.each(['extend', 'confirm', 'cancel'] as const)(
  'a batch to %s takes two round trips, one to lock and read and one to write',
  async (kind) => {
    const client = await pool.connect();
    onTestFinished(() => client.release(true));
    const world = await openWorld(service, []);
    const roundTrips = countRoundTrips(client);
    const deeds = Array.from({ length: RESERVATIONS }, (_, reservation) => ({
      ...{ reservation, payment: reservation, amountOff: 0, key: reservation },
    }));
    const said = (await world.byBatch(client, { kind, deeds })) as { kind: string }[];
    expect(said.map((each) => each.kind)).toEqual(deeds.map(() => 'granted'));
    expect(roundTrips()).toBe(2);
  },
);

test('an extension lasts as long as its answer says, even if an organizer changes the time meanwhile', async () => {
  const { eventId, held } = await holds(1);
  const [{ id, userId }] = held as [{ id: string; userId: string }];
  const client = await pool.connect();
  onTestFinished(() => client.release(true));
  const query = client.query.bind(client) as (config: unknown) => unknown;
  let trips = 0;
  client.query = ((config: unknown) => {
    if (config instanceof RoundTrip && ++trips === 2)
      query(`UPDATE events SET extend_seconds = 900 WHERE id = '${eventId}'`);
    return query(config);
  }) as never;
  const answer = (extended: object) => extended;
  const alone = () => Promise.reject(new Error('it is common'));
  const request = {
    kind: 'extend' as const,
    reservationId: id,
    eventId,
    ownerId: userId,
    userId,
    answer,
    alone,
  };
  const { outcomes } = await runBatch(client, [request], 60);
  const { expires_at } = await service.db
    .selectFrom('reservations')
    .select('expires_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  expect(outcomes).toEqual([{ kind: 'granted', answer: { id, expiresAt: expires_at } }]);
});

test.each([
  ['payments', (id: string) => sale.confirm(id, PRICE)],
  ['cancellations', cancel],
  ['extensions', extend],
])('40 %s that arrive at once share a few transactions', async (_what, ask) => {
  const { held } = await holds(40);
  const alone = vi.spyOn(service.app.db, 'transaction');
  const batches = vi.spyOn(service.app.salePool, 'connect');
  const answers = await Promise.all(held.map(({ id, userId }) => ask(id, userId)));
  expect(tally(answers)).toEqual({ 200: 40 });
  expect(alone).not.toHaveBeenCalled();
  expect(batches.mock.calls.length).toBeLessThan(20);
});

/** Makes PostgreSQL refuse each change of a reservation until the test ends. */
async function refuse(reservationId: string): Promise<void> {
  await sql`
    CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`.execute(
    service.db,
  );
  onTestFinished(async () => void (await sql`DROP FUNCTION refuse_one CASCADE`.execute(service.db)));
  await sql`
    CREATE TRIGGER refuse_one BEFORE UPDATE ON reservations FOR EACH ROW WHEN (NEW.id = ${sql.lit(reservationId)})
    EXECUTE FUNCTION refuse_one()`.execute(service.db);
}

test('a payment that PostgreSQL refuses costs none of its neighbours their answer', async () => {
  const { held } = await holds(8);
  await refuse(held[3]?.id as string);
  const answers = await Promise.all(held.map(({ id }) => sale.confirm(id, PRICE)));
  expect(tally(answers)).toEqual({ 200: 7, '500 INTERNAL_ERROR': 1 });
});

test.each([
  ['payments', (id: string) => sale.confirm(id, PRICE)],
  ['cancellations', cancel],
  ['extensions', extend],
])('%s of a batch that failed leave connections to others', async (_what, ask) => {
  const { held } = await holds(24);
  await refuse(held[3]?.id as string);
  const { db } = service.app;
  const transaction = db.transaction.bind(db);
  let underWay = 0;
  let most = 0;
  vi.spyOn(db, 'transaction').mockImplementation(() => {
    const builder = transaction();
    const execute = builder.execute.bind(builder);
    builder.execute = async (work) => {
      most = Math.max(most, ++underWay);
      return await execute(work).finally(() => void underWay--);
    };
    return builder;
  });
  const answers = await Promise.all(held.map(({ id, userId }) => ask(id, userId)));
  expect(tally(answers)).toEqual({ 200: 23, '500 INTERNAL_ERROR': 1 });
  expect(most).toBe(8);
});

test('a reservation that stays locked holds up none of its neighbours', async () => {
  const { held } = await holds(8);
  const [stuck, ...others] = held;
  const letGo = await hold(service.db, (trx) =>
    sql`SELECT FROM reservations WHERE id = ${stuck?.id} FOR UPDATE`.execute(trx),
  );
  try {
    const waiting = sale.confirm(stuck?.id as string, PRICE);
    const answers = await Promise.all(others.map(({ id }) => sale.confirm(id, PRICE)));
    expect(tally(answers)).toEqual({ 200: 7 });
    await letGo();
    expect(tally([await waiting])).toEqual({ 200: 1 });
  } finally {
    await letGo();
  }
});

test('payments, cancellations, extensions and ends of one event at once, on two instances, all get one consistent answer', async () => {
  const { held } = await holds(24);
  const outcomes = await Promise.all(
    held.map(async ({ id, userId }, index) => {
      const instance = index % 2;
      const ended = index % 4 === 3 ? sale.expire(id) : undefined;
      const [paid, cancelled, extended] = await Promise.all([
        sale.confirm(id, PRICE, undefined, instance),
        index % 3 > 0 ? cancel(id, userId, 1 - instance) : undefined,
        index % 2 > 0 ? extend(id, userId, instance) : undefined,
      ]);
      await ended;
      return { id, paid, cancelled, extended };
    }),
  );
  for (const { id, paid, cancelled, extended } of outcomes) {
    for (const answer of [paid, cancelled, extended])
      expect([200, 409, 410, undefined]).toContain(answer?.status);
    const { status, refund_due } = await sale.payment(id);
    const expected = cancelled?.status === 200 ? 'cancelled' : paid.status === 200 ? 'confirmed' : 'expired';
    expect([status, refund_due]).toEqual([expected, expected !== 'confirmed']);
  }
});
