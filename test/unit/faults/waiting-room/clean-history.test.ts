import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../../faults/waiting-room/checks/checker.ts';
import { plot } from './forger.ts';
import { play } from './synthetic-history.ts';

test('a history without violations is accepted', () => {
  fc.assert(
    fc.property(plot, (told) => {
      expect(check(play(told))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
