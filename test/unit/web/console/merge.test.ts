import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedFields, foreignChanges, merge } from '../../../../src/web/console/forms/merge.ts';

test('after a lost race each keeps what they alone have changed, and both see what both have changed', () => {
  const base = { title: '봄', venue: '소극장', price: '100' };
  const mine = { title: '여름', venue: '소극장', price: '120' };
  const theirs = { title: '가을', venue: '대극장', price: '100' };
  expect(foreignChanges(base, mine, theirs)).toEqual([
    { name: 'title', theirs: '가을', mine: '여름', contested: true },
    { name: 'venue', theirs: '대극장', mine: '소극장', contested: false },
  ]);
  expect(merge(base, mine, theirs, new Set())).toEqual({ title: '여름', venue: '대극장', price: '120' });
  expect(merge(base, mine, theirs, new Set(['title']))).toEqual({
    title: '가을',
    venue: '대극장',
    price: '120',
  });
});

test('a merge loses no change: each field is theirs, or changed here', () => {
  const forms = fc.record({
    a: fc.constantFrom('1', '2', '3'),
    b: fc.constantFrom('1', '2', '3'),
    c: fc.constantFrom('1', '2', '3'),
  });
  fc.assert(
    fc.property(forms, forms, forms, fc.subarray(['a', 'b', 'c']), (base, mine, theirs, taken) => {
      const merged = merge(base, mine, theirs, new Set(taken));
      for (const name of ['a', 'b', 'c'] as const) {
        const isMine = mine[name] !== base[name] && !taken.includes(name);
        expect(merged[name]).toBe(isMine ? mine[name] : theirs[name]);
      }
      if (taken.length === 0)
        for (const name of changedFields(base, mine)) expect(merged[name]).toBe(mine[name]);
    }),
  );
});
