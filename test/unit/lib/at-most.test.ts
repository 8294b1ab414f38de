import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atMost } from '../../../src/lib/at-most.ts';

test('runs so many works at once, and the others in order after them, also after one that failed', async () => {
  const run = atMost(2, 1_000);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const works = ends.map(({ promise }, index) =>
    run(() => {
      begun.push(index);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error('failed'));
  await expect(works[1]).rejects.toThrow('failed');
  expect(begun).toEqual([0, 1, 2]);
  for (const [index, { resolve }] of ends.entries()) resolve(index);
  expect(await Promise.all(works.toSpliced(1, 1))).toEqual([0, 2, 3, 4]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('refuses a work whose turn comes too late', async () => {
  const run = atMost(1, 5);
  const first = run(() => sleep(20));
  await expect(run(async () => 'done')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await first;
  expect(await run(async () => 'done')).toBe('done');
});
