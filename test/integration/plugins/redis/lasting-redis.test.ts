import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbstractConnector } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { LastingRedis } from '../../../../src/plugins/redis/lasting-redis.ts';
import { redisOptions } from '../../../../src/plugins/redis/options.ts';
import { startTestRedis } from '../../../support/redis/redis.ts';
import { redisSettings } from '../../../support/redis/settings.ts';
import { eventually } from '../../../support/wait.ts';

/** A connection to a Redis whose address can be found or not. */
async function start() {
  const server = await startTestRedis();
  const address = { isFound: true, asked: 0 };
  class Connector extends AbstractConnector {
    constructor() {
      super(100);
    }
    async connect() {
      address.asked++;
      this.connecting = true;
      await sleep(50);
      if (!address.isFound || !this.connecting) throw new Error('no address');
      this.stream = connect(server.port, server.host);
      return this.stream;
    }
  }
  const redis = new LastingRedis({ ...redisOptions(redisSettings(server), {}), Connector });
  redis.on('error', () => undefined);
  return { server, redis, address };
}

test('a subscription is renewed after the address was not found', async () => {
  const { server, redis, address } = await start();
  onTestFinished(server.close);
  onTestFinished(() => redis.disconnect());
  const id = await redis.client('ID');
  await redis.subscribe('lasting');
  address.isFound = false;
  const ended = new Promise<void>((resolve) => redis.once('end', resolve));
  await server.client.client('KILL', 'ID', id);
  await ended;
  address.isFound = true;
  await eventually(async () => expect(await server.client.publish('lasting', 'news')).toBe(1));
});

test.each(['is connected', 'asks for the address', 'is about to ask again'])(
  'its owner ends it for good while it %s',
  async (when) => {
    const { server, redis, address } = await start();
    onTestFinished(server.close);
    if (when === 'is connected') await redis.connect();
    else {
      address.isFound = false;
      const attempt = redis.connect().catch(() => undefined);
      if (when === 'is about to ask again') await attempt;
      await sleep(10);
    }
    redis.disconnect();
    const { asked } = address;
    address.isFound = true;
    await sleep(500);
    await eventually(() => expect(redis.status).toBe('end'));
    expect(address.asked).toBe(asked);
  },
);
