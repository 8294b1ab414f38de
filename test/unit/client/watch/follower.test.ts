import { setImmediate as settle } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TiketiError } from '../../../../src/client/error.ts';
import { Follower } from '../../../../src/client/watch/follower.ts';
import type { EventChanges, LoadedEvent, News, WatchStep } from '../../../../src/client/watch/types.ts';
import { Model, STATUSES } from './model.ts';

interface Request {
  /** `undefined` for the whole event. */
  since: number | undefined;
  resolve(answer?: EventChanges | LoadedEvent): void;
  reject(error: TiketiError): void;
}

/** A follower of the model, with its open requests and pauses, and each step that it showed. */
function follow(model: Model) {
  const requests: Request[] = [];
  const pauses: (() => void)[] = [];
  const steps: WatchStep[] = [];
  const wrong: unknown[] = [];
  const ask = (since?: number) =>
    new Promise((resolve, reject) => {
      requests.push({ since, resolve, reject });
      if (requests.length > 1) wrong.push('two requests at once');
    });
  const follower = new Follower({
    reader: {
      load: ask as () => Promise<LoadedEvent>,
      changesSince: ask as (version: number) => Promise<EventChanges | undefined>,
    },
    onStep(step) {
      try {
        expectStep(model, follower, steps.at(-1), step);
      } catch (error) {
        wrong.push(error);
      }
      steps.push(step);
    },
    onError: () => undefined,
    pause: () => new Promise((resolve) => pauses.push(resolve)),
  });
  follower.start();
  return { follower, requests, pauses, steps, wrong };
}

/** The follower shows the event exactly as it was at a later version than before, and tells exactly what changed. */
function expectStep(model: Model, { state }: Follower, previous: WatchStep | undefined, step: WatchStep) {
  const { layout, codes, stock } = model.at(step.version);
  expect(step.version).toBeGreaterThan(previous?.version ?? -1);
  expect(state).toMatchObject({ version: step.version, layout });
  expect(state?.seats.map(({ status }) => STATUSES.indexOf(status))).toEqual(codes);
  expect([...(state?.stock.values() ?? [])].map((level) => level.availableQuantity)).toEqual(stock);
  for (const seat of step.seats) expect(state?.seat(seat.id)).toBe(seat);
  const before = model.at(previous?.version ?? 0).codes;
  const differing = [...codes.keys()].filter((index) => step.whole || codes[index] !== before[index]);
  expect(step.seats.map(({ index }) => index)).toEqual(differing);
}

const happening = fc.record({
  what: fc.constantFrom(
    ...['sale', 'sale', 'sale', 'tick', 'tick', 'rebuild', 'deliver', 'deliver', 'deliver', 'double', 'lose'],
    ...['answer', 'answer', 'old answer', 'gone', 'failure', 'end of pause', 'end of pause'],
  ),
  number: fc.nat(1_000),
  code: fc.nat(2),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

async function run(happenings: Happening[]) {
  const model = new Model();
  const watch = follow(model);
  const { follower, requests, pauses } = watch;
  const packets: News[] = [];
  const answer = (age: number) => {
    const { since, resolve } = requests.shift() ?? {};
    const version = Math.max(model.version - age, since ?? 0);
    resolve?.(since === undefined ? model.load(version) : model.changes(since, version));
  };

  for (const { what, number, code } of happenings) {
    const from = model.version;
    const place = number % Math.max(1, packets.length);
    if (what === 'sale') model.sell(number, code);
    if (what === 'tick') for (let sales = 0; sales < 3; sales++) model.sell(number * sales, code);
    if (what === 'rebuild') model.rebuild(1 + (number % 6));
    if (model.version > from) packets.push(model.news(from));
    if (what === 'deliver') for (const packet of packets.splice(place, 1)) follower.receive(packet);
    if (what === 'double' && packets[place]) follower.receive(packets[place]);
    if (what === 'lose') packets.splice(place, 1);
    if (what === 'answer') answer(0);
    if (what === 'old answer') answer(1 + (number % 8));
    if (what === 'gone' && requests[0]?.since !== undefined) requests.shift()?.resolve();
    if (what === 'failure') requests.shift()?.reject(new TiketiError('SERVICE_UNAVAILABLE', '잠시 후'));
    if (what === 'end of pause') pauses.shift()?.();
    await settle();
  }

  // Then it is quiet: what is left arrives, a new connection names the version, and requests are answered.
  for (const packet of packets) follower.receive(packet);
  follower.receive(model.news(model.version));
  for (let turns = 0; turns < 10; turns++) {
    await settle();
    pauses.shift()?.();
    answer(0);
  }
  return { ...watch, model };
}

it('a follower shows only states that the event had, never an older one again, and in the end the last', async () => {
  const seen = { applied: 0, whole: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 120, size: 'max' }), async (happenings) => {
      const { follower, model, wrong, requests, steps } = await run(happenings);
      expect(wrong).toEqual([]);
      expect(follower.state?.version).toBe(model.version);
      expect(requests).toEqual([]);
      for (const { whole } of steps) seen[whole ? 'whole' : 'applied']++;
    }),
    { numRuns: 200 },
  );
  // The control: a follower mostly applies packets, and reads the event again now and then.
  expect(seen.whole).toBeGreaterThan(200);
  expect(seen.applied).toBeGreaterThan(400);
});

it('a follower goes back with a database that was restored, and follows it from there', async () => {
  const lost = new Model();
  const restored = new Model();
  for (let sale = 0; sale < 3; sale++) lost.sell(0, sale);
  restored.sell(1, 2);
  const { follower, requests, steps } = follow(lost);
  requests.shift()?.resolve(lost.load(3));
  await settle();
  follower.receive({ type: 'reset', version: 1, layout: 1 });
  // What comes while the event is read waits for it, whatever the version that is no more.
  restored.sell(2, 1);
  follower.receive(restored.news(1));
  expect(requests[0]?.since).toBeUndefined();
  requests.shift()?.resolve(restored.load(1));
  await settle();
  expect(requests).toEqual([]);
  expect(steps.map(({ version, whole }) => [version, whole])).toEqual([
    [3, true],
    [1, true],
    [2, false],
  ]);
  expect(follower.state?.seats.map(({ status }) => STATUSES.indexOf(status))).toEqual([0, 2, 1, 0]);
});
