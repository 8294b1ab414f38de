import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sales } from '../../../../src/sales/plugin.ts';
import { holdSeats } from '../../../support/locks.ts';
import { noneBegunAfter } from '../../../support/property.ts';
import { type Service, startService } from '../../../support/service.ts';
import { carelessly } from './careless.ts';
import { type Deed, type Outcome, SaleModel } from './model.ts';
import { openSale, RULES, type Sale } from './sale.ts';

let service: Service;
let engines: Sales[];

beforeAll(async () => {
  // Only the deed `sweep` sweeps.
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  engines = service.apps.map(({ sales }) => sales);
});
afterAll(() => service.stop());

/** As drawn, `reservation` is any number. It is mapped to an existing reservation. */
const user = fc.nat(2);
const reservation = fc.nat(50);
const seats = fc.uniqueArray(fc.nat(RULES.seats - 1), { minLength: 1, maxLength: 5 });
const quantities = fc.tuple(fc.nat(5), fc.nat(3)).filter(([a, b]) => a + b > 0);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('hold' as const), user, seats }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('buy' as const), user, quantities }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('best' as const),
      user,
      quantity: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('extend' as const), user, reservation }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('cancel' as const), user, reservation }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      reservation,
      payment: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
      amountOff: fc.constantFrom(0, 0, 0, 0, -1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('part' as const),
      user,
      reservation,
      // As drawn, how many of the first seats and tickets. They are mapped to those of the reservation.
      seats: fc.tuple(fc.nat(2)),
      quantities: fc.tuple(fc.nat(2), fc.nat(1)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refund' as const), reservation }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('block' as const, 'block' as const, 'unblock' as const),
      seats,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('total' as const),
      type: fc.nat(1),
      by: fc.integer({ min: -3, max: 2 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('expire' as const), reservation }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'sweep' as const }) },
);
const through = fc.record({ deed, instance: fc.nat(1), keyed: fc.boolean() });
/** Several deeds in one step run at once. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(through, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(through, { minLength: 2, maxLength: 4 }) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 14, size: 'max' });
type Step = (typeof step extends fc.Arbitrary<infer T> ? T : never)[number];

/** What no request asks for by its key. */
const KEYLESS = new Set<Deed['kind']>(['expire', 'sweep', 'block', 'unblock', 'total']);

/** Maps the deed to an existing reservation, and in three of four cases to its owner. */
function meant(each: Deed, model: SaleModel): Deed | undefined {
  if (!('reservation' in each)) return each;
  const { length } = model.reservations;
  if (length === 0) return undefined;
  const index = each.reservation % length;
  const meantOne = model.reservations[index] as SaleModel['reservations'][number];
  const owner = meantOne.user;
  if (each.kind === 'confirm') return { ...each, reservation: index, amount: model.totalOf(meantOne) };
  if (each.kind === 'part') {
    const part = {
      seats: meantOne.seats.slice(0, each.seats[0]),
      quantities: meantOne.quantities.map((had, type) => Math.min(had, each.quantities[type] ?? 0)),
    };
    const some = part.seats.length + part.quantities.reduce((a, b) => a + b, 0) > 0;
    if (!some) return undefined;
    return { ...each, ...part, reservation: index, user: each.reservation % 4 > 0 ? owner : each.user };
  }
  return { ...each, reservation: index, ...('user' in each && each.reservation % 4 > 0 && { user: owner }) };
}

function* ordersOf<T>(list: T[]): Generator<T[]> {
  if (list.length <= 1) yield list;
  for (const [index, first] of list.entries()) {
    for (const rest of ordersOf(list.toSpliced(index, 1))) yield [first, ...rest];
  }
}

interface Done {
  deed: Deed;
  seen: Outcome;
}

/**
 * Deeds at once must end as if they had been done one after the other, in some order.
 *
 * @returns the model after each order that explains the answers, which don't always tell one from another
 */
function explain(model: SaleModel, done: Done[]): SaleModel[] {
  const explained: SaleModel[] = [];
  let expected: Outcome[] = [];
  for (const order of ordersOf(done)) {
    const after = model.clone();
    const said = order.map(({ deed, seen }) => after.do(deed, seen));
    if (order.every(({ seen }, index) => isSame(seen, said[index] as Outcome))) explained.push(after);
    if (expected.length === 0) expected = said;
  }
  if (explained.length > 0) return explained;
  expect(done.map(({ deed, seen }) => ({ deed, seen }))).toEqual(
    done.map(({ deed }, index) => ({ deed, seen: expected[index] })),
  );
  throw new Error('no order explains what was answered');
}

/** Expects the sale to be like one of the models, and returns that. */
async function theOneLike(sale: Sale, [model, ...others]: SaleModel[]): Promise<SaleModel> {
  try {
    await sale.expectLike(model as SaleModel);
    return model as SaleModel;
  } catch (error) {
    if (others.length === 0) throw error;
    return await theOneLike(sale, others);
  }
}

function isSame(a: Outcome, b: Outcome): boolean {
  return (
    a.verdict === b.verdict && a.id === b.id && a.total === b.total && String(a.seats) === String(b.seats)
  );
}

async function run(sale: Sale, first: SaleModel, story: Step[][]): Promise<void> {
  let model = first;
  const keyed: { deed: Deed; key: string; seen: Outcome }[] = [];
  for (const group of story) {
    const taken = group.flatMap(({ deed, instance, ...rest }) => {
      const clear = meant(deed, model);
      const key = rest.keyed && clear && !KEYLESS.has(clear.kind) ? randomUUID() : undefined;
      return clear ? [{ deed: clear, instance, key }] : [];
    });
    const before = model;
    const done = await Promise.all(
      taken.map(async (each) => ({
        ...each,
        seen: await sale.take(each.deed, each.instance, before, each.key),
      })),
    );
    model = await theOneLike(sale, explain(model, done));
    keyed.push(...done.flatMap(({ deed, key, seen }) => (key ? [{ deed, key, seen }] : [])));
    // A repeated key gets the first answer from another instance, and has no effect.
    const again = keyed.at(-1);
    if (again && group.length === 1) {
      expect(await sale.take(again.deed, keyed.length, model, again.key)).toEqual({
        ...again.seen,
        replayed: true,
      });
      await sale.expectLike(model);
    }
  }
  await sale.cancelEvent();
  model.cancelEvent();
  await sale.expectLike(model);
}

const property = (ms: number, open: () => Promise<Sale>, model: () => SaleModel) =>
  fc.asyncProperty(
    steps,
    noneBegunAfter(ms, async (story) => run(await open(), model(), story)),
  );

test('the engine agrees with the plain model, whatever buyers do in any order and at once', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    property(
      9_000,
      () => openSale(service.app, engines),
      () => new SaleModel(RULES),
    ),
    { numRuns: 150 },
  );
});

const alone = (each: Deed) => [{ deed: each, instance: 0, keyed: false }];
/** Each of these shows one of the controls as wrong. A busy machine may not draw them within the time. */
const telling: [Step[][]][] = [
  [[alone({ kind: 'hold', user: 0, seats: [0] }), alone({ kind: 'hold', user: 1, seats: [0] })]],
  [
    [
      alone({ kind: 'hold', user: 0, seats: [0] }),
      alone({ kind: 'cancel', user: 0, reservation: 1 }),
      alone({ kind: 'hold', user: 1, seats: [0] }),
    ],
  ],
];
const control = { examples: telling, numRuns: 40, endOnFailure: true };

test('the control: an engine that takes every seat as free fails the same property', async () => {
  const careless = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
  try {
    // The schema must not hide the mistake of the engine.
    await sql`DROP INDEX one_live_claim_per_seat`.execute(careless.db);
    const wrong = property(
      5_000,
      () => openSale(careless.app, [carelessly(careless.app)]),
      () => new SaleModel(RULES),
    );
    expect((await fc.check(wrong, control)).counterexample).not.toBeNull();
  } finally {
    await careless.stop();
  }
});

test('the control: a model that keeps cancelled seats fails the same property', async () => {
  class ForgetfulModel extends SaleModel {
    override isFree(seat: number): boolean {
      return !this.reservations.some((each) => each.status !== 'expired' && each.seats.includes(seat));
    }
  }
  const wrong = property(
    5_000,
    () => openSale(service.app, engines),
    () => new ForgetfulModel(RULES),
  );
  expect((await fc.check(wrong, control)).counterexample).not.toBeNull();
});

test.each([
  ['both in time', false, ['PAYMENT_REUSED', 'ok']],
  ['both too late', true, ['PAYMENT_REUSED', 'PAYMENT_TOO_LATE']],
] as const)(
  'one payment for two reservations at once, %s, is noted for one of them',
  async (_when, late, expected) => {
    const sale = await openSale(service.app, engines);
    const model = new SaleModel(RULES);
    for (const number of [0, 1]) {
      const each: Deed = { kind: 'hold', user: number, seats: [number] };
      model.do(each, await sale.take(each, number, model));
      if (late) await sale.take({ kind: 'cancel', user: number, reservation: number }, number, model);
    }
    const verdicts = await Promise.all(
      [0, 1].map((number) =>
        sale.take({ kind: 'confirm', reservation: number, payment: 'same', amountOff: 0 }, number, model),
      ),
    );
    expect(verdicts.map(({ verdict }) => verdict).sort()).toEqual(expected);
  },
);

test('one key several times at once, on one instance and on two, buys once', async () => {
  const sale = await openSale(service.app, engines);
  const model = new SaleModel(RULES);
  const key = randomUUID();
  const each: Deed = { kind: 'buy', user: 0, quantities: [1, 1] };
  const outcomes = await Promise.all(
    [0, 0, 1, 1].map(async (instance) => {
      for (;;) {
        const outcome = await sale.take(each, instance, model, key);
        // The other instance is still deciding.
        if (outcome.verdict !== 'IDEMPOTENCY_IN_FLIGHT') return outcome;
      }
    }),
  );
  expect(new Set(outcomes.map(({ id }) => id)).size).toBe(1);
  expect(outcomes.filter(({ replayed }) => replayed)).toHaveLength(3);
  model.do(each, outcomes[0] as Outcome);
  await sale.expectLike(model);
});

test('a buyer of the best seats is served while others take seats by name', async () => {
  const sale = await openSale(service.app, engines);
  // Requests for an event that the catalogue doesn't know yet each look it up, and so would not come together.
  await service.refresh();
  const model = new SaleModel(RULES);
  // An expired hold would have a refusal decided again, which would hide the mistake.
  await sale.take({ kind: 'sweep' }, 0, model);
  const deeds: Deed[] = [
    { kind: 'hold', user: 0, seats: [2] },
    { kind: 'best', user: 1, quantity: 3 },
    { kind: 'hold', user: 2, seats: [3] },
  ];
  const outcomes = await Promise.all(deeds.map((each) => sale.take(each, 0, model)));
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok']);
});

test('a buyer of the best seats gets a free seat that another transaction locks for a moment', async () => {
  const { eventId } = await service.seedEvent({ seats: 1 });
  const letGo = await holdSeats(service.db, eventId);
  // Shorter than the time limit of a lock: as long as a slow commit takes.
  const released = sleep(300).then(letGo);
  const verdict = await service.app.sales.hold({
    kind: 'best',
    userId: randomUUID(),
    eventId,
    quantity: 1,
    message: 'held',
  });
  await released;
  expect(verdict).toMatchObject({ kind: 'granted' });
});
