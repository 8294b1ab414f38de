import pg from 'pg';
import { expect, test } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import { PublicReads } from '../../../src/plugins/public-reads.ts';
import type { Reads } from '../../../src/plugins/reads.ts';

/** Reads that end when the test says so. */
function slowReads() {
  const reads = new PublicReads({} as Db, 2, {} as Reads);
  const running: (() => void)[] = [];
  let most = 0;
  const read = (address: string) =>
    reads.read(address, () => {
      const done = new Promise<void>((resolve) => running.push(resolve));
      most = Math.max(most, running.length);
      return done;
    });
  async function finish(): Promise<void> {
    while (running.length > 0) {
      running.shift()?.();
      await new Promise(setImmediate);
    }
  }
  return { read, finish, most: () => most };
}

const outcomes = async (answers: Promise<unknown>[]) =>
  (await Promise.allSettled(answers)).map((each) =>
    each.status === 'fulfilled' ? 'read' : `${each.reason.statusCode} after ${each.reason.retryAfter}`,
  );

test('one address has 16 reads at most, of which two run at once', async () => {
  const { read, finish, most } = slowReads();
  const told = outcomes(Array.from({ length: 50 }, () => read('one')));
  const other = read('other');
  await finish();
  expect((await told).filter((each) => each === 'read')).toHaveLength(16);
  expect((await told).filter((each) => each === '429 after 1')).toHaveLength(34);
  await other;
  expect(most()).toBe(2);
  const again = outcomes([read('one')]);
  await finish();
  expect(await again).toEqual(['read']);
});

test('64 reads of all addresses wait at most', async () => {
  const { read, finish } = slowReads();
  const told = outcomes(Array.from({ length: 100 }, (_, address) => read(`${address}`)));
  await finish();
  expect((await told).filter((each) => each === 'read')).toHaveLength(66);
  expect((await told).filter((each) => each === '503 after 1')).toHaveLength(34);
});

test('the addresses of one IPv6 network share their 16 reads', async () => {
  const { read, finish } = slowReads();
  const answers = outcomes(Array.from({ length: 20 }, (_, i) => read(`2001:db8:0:1::${i + 1}`)));
  const other = outcomes([read('2001:db8:0:2::1')]);
  await finish();
  expect((await answers).filter((each) => each === '429 after 1')).toHaveLength(4);
  expect(await other).toEqual(['read']);
});

test.each([
  ['a connection that ended', new Error('Connection terminated unexpectedly'), 2],
  [
    'a time limit',
    Object.assign(new pg.DatabaseError('canceling statement', 1, 'error'), { code: '57014' }),
    1,
  ],
] as const)('a read that failed by %s is asked as often as that may help', async (_why, failure, asked) => {
  let times = 0;
  const read = new PublicReads({} as Db, 2, {} as Reads).read('one', async () => {
    if (++times === 1) throw failure;
    return 'read';
  });
  expect(await read.catch((error: unknown) => error)).toBe(asked === 2 ? 'read' : failure);
  expect(times).toBe(asked);
});
