import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Places } from '../../../src/events/catalogue/places.ts';

test('pages of places are those of a sorted list, however long the order is', () => {
  const places = new Places();
  const orders = fc
    .integer({ min: 1, max: 3_000 })
    .chain((length) => fc.tuple(fc.constant(length), fc.uniqueArray(fc.nat(length - 1), { maxLength: 100 })));
  fc.assert(
    fc.property(orders, fc.nat(100), fc.nat(100), ([length, added], offset, limit) => {
      places.clear(length);
      for (const place of added) places.add(place);
      const sorted = added.toSorted((a, b) => a - b);
      expect(added.every((place) => places.has(place))).toBe(true);
      const page = sorted.slice(offset, offset + limit);
      expect(places.page(offset, page.length)).toEqual(page);
    }),
  );
});
