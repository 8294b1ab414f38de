import { expect, test } from 'vitest';
import { nextRead, POLL_MS } from '../../../../src/web/box-office/events/next-read.ts';

const NOW = 1_000_000;

test('an opening is read when it comes, and until the service has noticed it', () => {
  expect(nextRead([NOW + 1_200], NOW)).toEqual({ after: 1_230, due: true });
  for (const late of [0, 400, 2_999]) expect(nextRead([NOW - late], NOW)).toEqual({ after: 400, due: true });
});

test('without an opening near, a page is read every five seconds', () => {
  for (const times of [[], [NOW - 3_000], [NOW + 60_000], [NOW - 86_400_000, NOW + 86_400_000]])
    expect(nextRead(times, NOW)).toEqual({ after: POLL_MS, due: false });
});

test('the next one of several times counts', () => {
  expect(nextRead([NOW + 4_000, NOW + 2_000, NOW - 9_000], NOW).after).toBe(2_030);
});
