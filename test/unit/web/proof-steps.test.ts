import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { provePlace, sequenceOf } from '../../../src/web/box-office/waiting-room/proof-steps.ts';

/** A draw of these users, as the service publishes it. */
function drawOf(userIds: string[]) {
  const seed = randomBytes(32);
  const numberOf = (id: string) => createHmac('sha256', seed).update(id).digest('hex').slice(0, 16);
  const numbers = userIds.map(numberOf).sort();
  const userId = userIds[0] as string;
  return {
    userId,
    sequence: numbers.indexOf(numberOf(userId)) + 1,
    lottery: {
      seedHash: createHash('sha256').update(seed).digest('hex'),
      seed: seed.toString('hex'),
      entries: numbers.length,
    },
    order: { entries: numbers.length, numbers },
  };
}

const people = () => Array.from({ length: 9 }, () => randomUUID());

test('each step of a fair draw holds', async () => {
  const place = drawOf(people());
  expect(await provePlace(place)).toEqual({
    valid: true,
    seed: true,
    number: place.order.numbers[place.sequence - 1],
    order: true,
    place: true,
    before: place.sequence - 1,
  });
});

test('the step that does not hold is named', async () => {
  const place = drawOf(people());
  const { numbers } = place.order;
  const otherHash = { ...place, lottery: { ...place.lottery, seedHash: drawOf(people()).lottery.seedHash } };
  expect(await provePlace(otherHash)).toMatchObject({ valid: false, seed: false, order: true, place: true });

  const otherPlace = { ...place, sequence: (place.sequence % 9) + 1 };
  expect(await provePlace(otherPlace)).toMatchObject({ valid: false, seed: true, order: true, place: false });

  const swapped = { ...place, order: { entries: 9, numbers: numbers.toReversed() } };
  expect(await provePlace(swapped)).toMatchObject({ valid: false, seed: true, order: false });

  const missing = { ...place, order: { entries: 8, numbers: numbers.slice(0, 8) } };
  expect(await provePlace(missing)).toMatchObject({ valid: false, order: false });
});

test('a buyer who was drawn straight inside finds their place in the published order', async () => {
  const { sequence, ...draw } = drawOf(people());
  expect(await sequenceOf(draw)).toBe(sequence);
  const leftOut = { ...draw, order: { entries: 0, numbers: [] } };
  expect(await provePlace({ ...leftOut, sequence: await sequenceOf(leftOut) })).toMatchObject({
    valid: false,
    place: false,
  });
});
