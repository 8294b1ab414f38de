import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InTime } from '../../../src/lib/in-time.ts';

const LIMIT_MS = 100;
/** The fake clock counts the turn after the limit as a ms. */
const GIVEN_UP_MS = LIMIT_MS + 1;

beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] }),
);
afterEach(() => void vi.useRealTimers());

const answerIn = (ms: number) => new Promise<string>((resolve) => setTimeout(resolve, ms, 'answer'));

/** What was waited for, and for how long. */
async function wait(inTime: InTime, asked: Promise<string>) {
  const begun = performance.now();
  let waited: { answer: string | undefined; ms: number } | undefined;
  void inTime.answerOf(asked).then((answer) => {
    waited = { answer, ms: performance.now() - begun };
  });
  await vi.advanceTimersByTimeAsync(1_000);
  return waited;
}

test('an answer in time is waited for', async () => {
  expect(await wait(new InTime(LIMIT_MS), answerIn(40))).toEqual({ answer: 'answer', ms: 40 });
});

test('a late answer costs the limit, and the next late ones cost nothing', async () => {
  const inTime = new InTime(LIMIT_MS);
  expect(await wait(inTime, answerIn(900))).toEqual({ answer: undefined, ms: GIVEN_UP_MS });
  expect(await wait(inTime, answerIn(900))).toEqual({ answer: undefined, ms: 0 });
  expect(await wait(inTime, answerIn(200))).toEqual({ answer: undefined, ms: 0 });
  expect(inTime.isLate).toBe(true);
});

test('once an answer comes in time, the next ones are waited for again', async () => {
  const inTime = new InTime(LIMIT_MS);
  await wait(inTime, answerIn(900));
  expect(await wait(inTime, answerIn(40))).toEqual({ answer: undefined, ms: 0 });
  expect(inTime.isLate).toBe(false);
  expect(await wait(inTime, answerIn(40))).toEqual({ answer: 'answer', ms: 40 });
});

test('an error in time reaches the caller, and a late one disturbs no request', async () => {
  const inTime = new InTime(LIMIT_MS);
  await expect(inTime.answerOf(Promise.reject(new Error('away')))).rejects.toThrow('away');
  const late = answerIn(200).then(() => Promise.reject<string>(new Error('late')));
  expect(await wait(inTime, late)).toEqual({ answer: undefined, ms: GIVEN_UP_MS });
});

test('an answer that came while this process was busy is in time', async () => {
  vi.useRealTimers();
  const inTime = new InTime(5);
  const answer = Promise.withResolvers<string>();
  const waiting = inTime.answerOf(answer.promise);
  const busyUntil = performance.now() + 30;
  while (performance.now() < busyUntil);
  // As a reply of Redis that waits in the socket: it is read after the timers that are due.
  setImmediate(() => answer.resolve('answer'));
  expect(await waiting).toBe('answer');
  expect(inTime.isLate).toBe(false);
});
