import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LotteryPlace, verifyLotteryPlace } from '../../../src/client/index.ts';
import {
  draw,
  findNumber,
  numberOf,
  numbersOf,
  toUserIds,
} from '../../../src/waiting-room/lottery/draw-order.ts';

const sha256 = (seed: Buffer) => createHash('sha256').update(seed).digest('hex');

async function* inParts(userIds: string[], size: number): AsyncGenerator<string[]> {
  for (let from = 0; from < userIds.length; from += size) yield userIds.slice(from, from + size);
}

/** Draws as the service does, and returns what it publishes. */
async function drawFor(seed: Buffer, userIds: string[], size = 1_000) {
  const drawn = toUserIds(await draw(seed, inParts(userIds, size)));
  const numbers = await numbersOf(seed, drawn);
  const entries = drawn.length;
  return {
    drawn,
    lottery: { seedHash: sha256(seed), seed: seed.toString('hex') as string | null, entries },
    order: { entries, numbers },
  };
}

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const people = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 60 });
/** A place in a draw; its user is `drawn[index]`. */
const participant = fc.record({ seed, people, size: fc.integer({ min: 1, max: 60 }), pick: fc.nat() });

interface Known extends Required<LotteryPlace> {
  drawn: string[];
  index: number;
}

async function placeOf({
  seed,
  people,
  size,
  pick,
}: typeof participant extends fc.Arbitrary<infer T> ? T : never) {
  const { drawn, ...published } = await drawFor(seed, people, size);
  const index = pick % drawn.length;
  return { userId: drawn[index] as string, sequence: index + 1, ...published, drawn, index };
}

describe('the draw', () => {
  test('orders users by all bytes of the HMAC-SHA256 of their ids under the seed, however the ids arrive', async () => {
    await fc.assert(
      fc.asyncProperty(seed, people, fc.integer({ min: 1, max: 60 }), async (seed, people, size) => {
        const lots = people.map((userId) => ({
          userId,
          lot: createHmac('sha256', seed).update(userId).digest(),
        }));
        lots.sort((a, b) => Buffer.compare(a.lot, b.lot));
        const { drawn, order } = await drawFor(seed, people, size);
        expect(drawn).toEqual(lots.map(({ userId }) => userId));
        expect(order.numbers).toEqual(lots.map(({ lot }) => lot.toString('hex', 0, 8)));
        expect((await drawFor(seed, people.toReversed())).drawn).toEqual(drawn);
      }),
    );
  });

  test('of an empty lobby is empty', async () => {
    expect(await draw(randomBytes(32), inParts([], 1))).toHaveLength(0);
  });

  test('leaves turns of the event loop to other work', async () => {
    const crowd = Array.from({ length: 20_000 }, () => randomUUID());
    let turns = 0;
    let over = false;
    const work = draw(randomBytes(32), inParts(crowd, 5_000)).finally(() => {
      over = true;
    });
    const others = (async () => {
      for (; !over; turns++) await new Promise(setImmediate);
    })();
    await Promise.all([work, others]);
    // One turn for each thousand users, and some while they are sorted.
    expect(turns).toBeGreaterThanOrEqual(40);
  });

  test('finds participants by their numbers, and no other user', async () => {
    await fc.assert(
      fc.asyncProperty(participant, fc.uuid(), async (given, stranger) => {
        const { userId, index, order } = await placeOf(given);
        expect(findNumber(order.numbers, numberOf(given.seed, userId))).toBe(index);
        if (!given.people.includes(stranger))
          expect(findNumber(order.numbers, numberOf(given.seed, stranger))).toBe(-1);
      }),
    );
  });
});

describe('verifyLotteryPlace', () => {
  test('confirms every place that the service drew, whatever the case of the id', async () => {
    await fc.assert(
      fc.asyncProperty(participant, async (given) => {
        const { drawn: _, index, ...place } = await placeOf(given);
        const expected = { valid: true, number: place.order.numbers[index], problems: [] };
        expect(await verifyLotteryPlace(place)).toEqual(expected);
        expect(await verifyLotteryPlace({ ...place, userId: place.userId.toUpperCase() })).toEqual(expected);
        const { order: __, ...alone } = place;
        expect(await verifyLotteryPlace(alone)).toEqual(expected);
      }),
    );
  });

  const other = randomUUID();
  const nextTo = (numbers: readonly string[]) =>
    (BigInt(`0x${numbers.at(-1)}`) ^ 1n).toString(16).padStart(16, '0');
  const forgeries: [string, (known: Known) => Partial<LotteryPlace> | undefined][] = [
    ['another place', ({ sequence }) => ({ sequence: sequence + 1 })],
    ['a place before the first', () => ({ sequence: 0 })],
    ['half a place', ({ sequence }) => ({ sequence: sequence - 0.5 })],
    ['another user', ({ drawn }) => (drawn.includes(other) ? undefined : { userId: other })],
    ['no user id', () => ({ userId: 'me' })],
    ['a seed that is still secret', ({ lottery }) => ({ lottery: { ...lottery, seed: null } })],
    [
      'a seed changed after its hash was published',
      ({ lottery }) => ({ lottery: { ...lottery, seed: randomBytes(32).toString('hex') } }),
    ],
    ['a seed cut short', ({ lottery }) => ({ lottery: { ...lottery, seed: lottery.seed?.slice(2) ?? '' } })],
    ['another hash', ({ lottery }) => ({ lottery: { ...lottery, seedHash: sha256(randomBytes(32)) } })],
    ['an unknown number of entries', ({ lottery }) => ({ lottery: { ...lottery, entries: null } })],
    [
      'more entries than numbers',
      ({ lottery, drawn }) => ({ lottery: { ...lottery, entries: drawn.length + 1 } }),
    ],
    [
      'a list without this user',
      ({ order, index }) => ({ order: { ...order, numbers: order.numbers.toSpliced(index, 1) } }),
    ],
    [
      'this user moved back',
      ({ order: { entries, numbers }, index, sequence }) =>
        index + 1 === numbers.length
          ? undefined
          : {
              sequence: sequence + 1,
              order: {
                entries,
                numbers: numbers
                  .with(index, numbers[index + 1] as string)
                  .with(index + 1, numbers[index] as string),
              },
            },
    ],
    [
      'another user put in front by hand, and all moved back',
      ({ order: { entries, numbers }, lottery, sequence }) => ({
        sequence: sequence + 1,
        lottery: { ...lottery, entries: entries + 1 },
        order: { entries: entries + 1, numbers: ['ffffffffffffffff', ...numbers] },
      }),
    ],
    [
      'another user in the place of this one',
      ({ order, index }) => ({
        order: { ...order, numbers: order.numbers.with(index, nextTo(order.numbers.slice(0, index + 1))) },
      }),
    ],
    [
      'another user added at the end, uncounted',
      ({ order }) => ({ order: { ...order, numbers: [...order.numbers, 'ffffffffffffffff'] } }),
    ],
    [
      'a malformed number',
      ({ order, index }) => ({
        order: {
          ...order,
          numbers: order.numbers.with(index, order.numbers[index]?.toUpperCase().padEnd(17) ?? ''),
        },
      }),
    ],
  ];

  test.each(forgeries)('rejects %s', async (_what, forge) => {
    await fc.assert(
      fc.asyncProperty(participant, async (given) => {
        const known = await placeOf(given);
        const forged = forge(known);
        fc.pre(forged !== undefined);
        const { drawn: _drawn, index: _index, ...place } = known;
        const result = await verifyLotteryPlace({ ...place, ...forged });
        expect(result.valid).toBe(false);
        expect(result.problems).not.toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('tells the number of a user once the seed is published, not before', async () => {
    const { drawn, lottery } = await drawFor(Buffer.alloc(32, 7), [randomUUID()]);
    const place = { userId: drawn[0] as string, sequence: 1, lottery };
    expect((await verifyLotteryPlace(place)).number).toMatch(/^[0-9a-f]{16}$/);
    const before = await verifyLotteryPlace({ ...place, lottery: { ...lottery, seed: null, entries: null } });
    expect(before).toMatchObject({ valid: false, number: null });
  });
});

test('a number is the same as the one of openssl', () => {
  // printf 75f3… | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…
  const number = numberOf(Buffer.alloc(32, 7), '75f3dcb8-aa52-47f6-b714-66c6f2f93aae');
  expect(number).toBe('a2c3d115447ee628');
});
