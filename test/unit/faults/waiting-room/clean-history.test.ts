import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../../faults/waiting-room/checks/checker.ts';
import { plot } from './forger.ts';
import { type Plot, play } from './synthetic-history.ts';

function expectAccepted(told: Plot): void {
  expect(check(play(told))).toEqual([]);
}

test('a history without violations is accepted', () => {
  fc.assert(fc.property(plot, expectAccepted), { numRuns: 300, endOnFailure: true });
});

test('a history with a demoted Redis master is accepted', () => {
  const demotedAt = fc.integer({ min: 3_000, max: 40_000 });
  fc.assert(
    fc.property(plot, demotedAt, (told, at) => {
      fc.pre(Math.abs(at - told.lossAt) > 5_000);
      expectAccepted({ ...told, demotedAt: at });
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

test('sockets on a mute instance need not be told of a turn', () => {
  fc.assert(
    fc.property(plot, (told) => {
      const history = play(told);
      const pause = { name: 'an instance is paused', unavailable: false, breaks: [], loses: false };
      history.faults.push({ ...pause, mutes: [0], from: 0, to: Number.POSITIVE_INFINITY });
      history.heard = [];
      expect(check(history)).toEqual([]);
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
