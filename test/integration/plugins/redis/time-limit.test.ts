import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { failFast, redisOptions } from '../../../../src/plugins/redis/options.ts';
import { canBreakRedis, startTestRedis } from '../../../support/redis/redis.ts';
import { redisSettings } from '../../../support/redis/settings.ts';
import { standStill } from '../../../support/stand-still.ts';

const LIMIT_MS = 200;

async function connect(at: { host: string; port: number }) {
  const redis = new Redis(redisOptions(redisSettings(at), { ...failFast, commandTimeout: LIMIT_MS }));
  redis.on('error', () => undefined);
  await redis.connect();
  return redis;
}

test('an answer that came while this process stood still is no late one', async ({ onTestFinished }) => {
  const server = await startTestRedis();
  onTestFinished(server.close);
  const redis = await connect(server);
  onTestFinished(() => redis.disconnect());
  const asked = [redis.ping(), redis.ping()];
  await new Promise(setImmediate);
  standStill(5 * LIMIT_MS);
  expect(await Promise.all(asked)).toEqual(['PONG', 'PONG']);
});

test.runIf(canBreakRedis())(
  'a command without an answer fails after its time limit',
  async ({ onTestFinished }) => {
    const server = await startTestRedis({ own: true });
    onTestFinished(server.close);
    const redis = await connect(server);
    onTestFinished(() => redis.disconnect());
    server.pause();
    onTestFinished(server.resume);
    await expect(redis.ping()).rejects.toThrow('Command timed out');
  },
);
