import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startTestRedis, type TestRedis } from '../support/redis/redis.ts';
import { eventually } from '../support/wait.ts';

let database: TestDatabase;
let redis: TestRedis;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tiketi-demo-'));
  [database, redis] = await Promise.all([createTestDatabase({ poolSize: 1 }), startTestRedis({})]);
});
afterAll(async () => {
  await Promise.all([database.drop(), redis.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** `npm run demo`, on servers of the test's own: the embedded ones have tests of their own. */
function demo(env: Record<string, string> = {}) {
  const { host, port, user, password, database: name } = database.settings;
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli/demo.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH, NODE_COMPILE_CACHE, DATA_DIR: folder },
      ...{ DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: name },
      ...{ REDIS_HOST: redis.host, REDIS_PORT: String(redis.port), REDIS_PASSWORD: redis.password ?? '' },
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output += text;
    });
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number) };
}

test('the demo prints the address of a sale that a crowd comes for, and ends by Ctrl-C', async () => {
  const { child, output, ended } = demo({ PORT: '0' });
  const address = /Box office +(http:\S+)\/events\/(\S+)/;
  await eventually(() => expect(output()).toMatch(address), { timeout: 15_000 });
  const [, origin, eventId] = address.exec(output()) ?? [];
  // With the secret of this folder, and not of the developer's.
  expect(output()).toContain(`A token       DATA_DIR=${folder} npm run -s token -- --role user\n`);
  const answer = (path: string) => fetch(`${origin}${path}`).then((response) => response.json());
  expect(await answer(`/api/v1/events/${eventId}`)).toMatchObject({
    event: { limits: { hold_seconds: 60 } },
  });
  await eventually(
    async () =>
      expect(await answer('/demo/crowd')).toMatchObject({
        crowd: { eventId, state: 'here', buyers: 1_000, arrived: expect.toSatisfy((count) => count > 0) },
      }),
    { timeout: 15_000 },
  );
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test('production has no demo', async () => {
  const { output, ended } = demo({ NODE_ENV: 'production' });
  expect(await ended).toBe(1);
  expect(output()).toBe('No demo under NODE_ENV=production: its buyers pay with nothing\n');
});
