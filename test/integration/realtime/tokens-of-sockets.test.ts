import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../../support/service.ts';
import { openSockets, type Sockets } from '../../support/sockets.ts';
import { signToken } from '../../support/token.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;
let sockets: Sockets;

beforeAll(async () => {
  service = await startService();
  sockets = openSockets(service.token);
});
// The tests run at the same time, since each waits for seconds to pass.
afterAll(async () => {
  expect(sockets.close()).toEqual([]);
  await service.stop();
});

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const connect = (userId: string, exp: number) =>
  sockets.connect(service.origin, { userId, token: signToken({ userId, exp }) });

test.concurrent('a socket ends with its token, says why, and is refused when it comes back with the same one', async () => {
  const { socket, hears, heard } = await connect(randomUUID(), inSeconds(4));
  const reason = new Promise((resolve) => socket.once('disconnect', resolve));
  const refusal = new Promise<Error>((resolve) => socket.once('connect_error', resolve));
  await hears('token-expiring', {});
  expect(heard('token-expiring')[0]?.secondsLeft).toBeLessThan(5);
  // Socket.IO connects again by itself after this reason only.
  expect(await reason).toBe('transport close');
  expect(heard('error')).toEqual([
    {
      code: 'TOKEN_EXPIRED',
      error: expect.stringMatching(/[가-힣]/),
      message: expect.stringContaining('authentication'),
    },
  ]);
  expect((await refusal).message).toContain('authentication');
  expect(heard('token-expiring')).toHaveLength(1);
});

test.concurrent('a new token keeps the socket open, and the next warning comes a minute before that one ends', async () => {
  const firstEnds = inSeconds(4);
  const { userId, socket, send, hears, heard } = await connect(randomUUID(), firstEnds);
  await hears('token-expiring', {});
  const token = signToken({ userId, exp: firstEnds + 62 });
  expect(await send('authenticate', { token })).toEqual({ ok: true });
  expect(heard('token-expiring')).toHaveLength(1);
  await eventually(() => expect(heard('token-expiring')).toHaveLength(2), { timeout: 15_000 });
  // Or two seconds later, on a machine that stands still meanwhile.
  expect(heard('token-expiring')[1]?.secondsLeft).toBeOneOf([57, 58, 59, 60, 61]);
  // The first token has ended.
  await eventually(() => expect(inSeconds(0)).toBeGreaterThan(firstEnds + 1), { timeout: 15_000 });
  expect(socket.connected).toBe(true);
  expect(heard('error')).toEqual([]);
});

test.concurrent('a token of another user, or one that is not valid, changes nothing', async () => {
  const { userId, send, sendAnything, heard } = await connect(randomUUID(), inSeconds(60));
  const refusals = [
    [{ token: signToken({ userId: randomUUID() }) }, 'FORBIDDEN'],
    [{ token: signToken({ userId, exp: inSeconds(-1) }) }, 'TOKEN_EXPIRED'],
    [{ token: signToken({ userId }, 'x'.repeat(48)) }, 'TOKEN_INVALID'],
    [{ token: 'garbage' }, 'TOKEN_INVALID'],
  ] as const;
  for (const [payload, code] of refusals)
    expect(await send('authenticate', payload)).toMatchObject({ ok: false, code });
  expect(await sendAnything('authenticate', { token: 5 })).toMatchObject({ code: 'VALIDATION_FAILED' });
  expect(heard('token-expiring')).toHaveLength(1);
});
