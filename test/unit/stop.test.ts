import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { stop } from '../../src/stop.ts';

const never = () => new Promise<never>(() => undefined);

/** A service and embedded servers that note what happens to them. */
function parts(close: () => Promise<undefined>, stopBackends: () => Promise<void> = async () => undefined) {
  const seen: string[] = [];
  const note =
    <T>(what: string, work: () => Promise<T>) =>
    () => {
      seen.push(what);
      return work();
    };
  const app = { close: note('close', close) as never, stopping: { begun: false } };
  const log = {
    info: (line: string) => void seen.push(line),
    error: (_context: object, line: string) => void seen.push(line),
  };
  return { seen, app, log: log as never, backends: { stop: note('end', stopBackends) } };
}

test.concurrent('the service serves on for the delay, then closes, then its embedded servers end', async () => {
  const { seen, ...rest } = parts(async () => undefined);
  const code = stop({ ...rest, delayMs: 200, hurry: new AbortController().signal });
  expect(rest.app.stopping.begun).toBe(true);
  await sleep(100);
  expect(seen).toEqual([]);
  expect(await code).toBe(0);
  expect(seen).toEqual(['close', 'end', 'stopped']);
});

test.concurrent('a service that fails to close still ends its embedded servers', async () => {
  const { seen, ...rest } = parts(() => Promise.reject(new Error('a pool is stuck')));
  expect(await stop({ ...rest, delayMs: 0, hurry: new AbortController().signal })).toBe(1);
  expect(seen).toEqual(['close', 'the service did not end in order', 'end']);
});

test.concurrent('a hurry ends the delay at once, and the service still closes in order', async () => {
  const hurry = new AbortController();
  const { seen, ...rest } = parts(() => sleep(50) as Promise<never>);
  const code = stop({ ...rest, delayMs: 60_000, hurry: hurry.signal });
  hurry.abort();
  expect(await code).toBe(0);
  expect(seen).toEqual(['close', 'end', 'stopped']);
});

test.concurrent('a hurry ends a service that is still closing within a second', async () => {
  const hurry = new AbortController();
  const { seen, ...rest } = parts(never);
  const code = stop({ ...rest, delayMs: 0, hurry: hurry.signal });
  await sleep(50);
  hurry.abort();
  // A timer, and no clock: when this process loses its turn, both are late.
  expect(await Promise.race([code, sleep(3_000, 'late', { ref: false })])).toBe(1);
  expect(seen).toEqual(['close', 'the service did not end in order', 'end']);
});

test.concurrent('embedded servers that do not end keep the process for a few seconds only', async () => {
  const { seen, ...rest } = parts(async () => undefined, never);
  expect(await stop({ ...rest, delayMs: 0, hurry: new AbortController().signal })).toBe(1);
  expect(seen).toEqual(['close', 'end', 'the embedded servers did not end in order']);
});
