import { afterEach, expect, test, vi } from 'vitest';
import { leaveInTurn } from '../../../src/realtime/leave.ts';
import type { RealtimeServer } from '../../../src/realtime/types.ts';

const SOCKETS = 3_000;
/** 1.2 seconds for all of them. */
const CLOSING_TAKES_MS = 0.4;
/** A pause between two steps of 10 ms, on a machine that is not busy. */
const LONGEST_STEP_MS = 20;
/** Sockets that are left by then are cut. */
const CUT_AFTER_MS = 2_000;

afterEach(() => void vi.restoreAllMocks());

test('the last socket leaves in time, although closing them all takes most of it', async () => {
  const now = performance.now.bind(performance);
  let [last, passed, spent] = [now(), 0, 0];
  // When this process loses its turn, this clock stands.
  vi.spyOn(performance, 'now').mockImplementation(() => {
    passed += Math.min(now() - last, LONGEST_STEP_MS);
    last = now();
    return passed + spent;
  });
  const begun = performance.now();
  const closedAt: number[] = [];
  const close = () => {
    spent += CLOSING_TAKES_MS;
    closedAt.push(performance.now() - begun);
  };
  const sockets = new Map(Array.from({ length: SOCKETS }, (_, id) => [id, { conn: { close } }]));
  await leaveInTurn({ sockets: { sockets } } as unknown as RealtimeServer);
  expect(closedAt).toHaveLength(SOCKETS);
  expect(closedAt.at(-1)).toBeLessThan(CUT_AFTER_MS);
});
