import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Server } from 'socket.io';
import { afterEach, expect, test } from 'vitest';
import { AdapterConnection } from '../../../src/realtime/adapter-connection.ts';
import { startProxy } from '../../support/proxy.ts';
import { startTestRedis, type TestRedis } from '../../support/redis/redis.ts';
import { redisSettings } from '../../support/redis/settings.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { eventually } from '../../support/wait.ts';

const STREAM = 'news';
const stops: (() => Promise<unknown>)[] = [];

expectNoUnhandledRejections();
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(): Promise<TestRedis> {
  const redis = await startTestRedis({ own: true });
  stops.push(() => redis.close());
  return redis;
}

async function open(port: number): Promise<AdapterConnection> {
  const connection = await AdapterConnection.open(redisSettings({ host: '127.0.0.1', port }), STREAM);
  stops.push(() => connection.close());
  return connection;
}

/** By how much a number grows in each second. */
async function inASecond(count: () => Promise<number>): Promise<number> {
  const [before, begun] = [await count(), performance.now()];
  await sleep(1_000);
  return ((await count()) - before) / ((performance.now() - begun) / 1_000);
}

test('the adapter repeats a read that is refused, with a pause', async () => {
  const redis = await start();
  const adapter = createAdapter(await open(redis.port), { streamName: STREAM, blockTimeInMs: 100 });
  const { close } = adapter(new Server().of('/'));
  const refusals = async () =>
    Number(/errorstat_MASTERDOWN:count=(\d+)/.exec(await redis.client.info('errorstats'))?.[1] ?? 0);

  await redis.client.config('SET', 'replica-serve-stale-data', 'no');
  await redis.client.replicaof('127.0.0.1', 1);
  await eventually(async () => expect(await refusals()).toBeGreaterThan(0));
  // Every 200 ms, the end of the stream and the read itself.
  expect(await inASecond(refusals)).toBeLessThan(20);
  const before = await refusals();
  await eventually(async () => expect((await refusals()) - before).toBeGreaterThan(2));
  await close();
});

test('an instance that starts while Redis refuses its password hears the news once it is let in', async () => {
  const redis = await start();
  await redis.client.config('SET', 'requirepass', 'changed');
  const connection = await open(redis.port);
  const subscriber = connection.duplicate();
  stops.push(async () => subscriber.disconnect());
  const heard: string[] = [];
  subscriber.on('message', (_channel, text) => void heard.push(text));
  await expect(subscriber.subscribe('channel')).rejects.toThrow('NOAUTH');
  await redis.client.config('SET', 'requirepass', '');
  await eventually(async () => expect(await connection.publish('channel', 'news')).toBe(1));
  await eventually(() => expect(heard).toContain('news'));
});

test('a subscription that is refused is repeated with a pause, however often the connection was lost', async () => {
  const redis = await start();
  await redis.client.acl('SETUSER', 'default', 'resetchannels');
  const subscriber = (await open(redis.port)).duplicate();
  stops.push(async () => subscriber.disconnect());
  const subscribing = subscriber.subscribe('channel');
  await expect(subscribing).rejects.toThrow('NOPERM');
  const refusals = async () =>
    Number(/errorstat_NOPERM:count=(\d+)/.exec(await redis.client.info('errorstats'))?.[1] ?? 0);
  for (let time = 0; time < 4; time++) {
    subscriber.disconnect(true);
    const before = await refusals();
    await eventually(async () => expect(await refusals()).toBeGreaterThan(before));
  }
  expect(await inASecond(refusals)).toBeLessThan(8);
  await redis.client.acl('SETUSER', 'default', 'allchannels');
  await eventually(async () => expect(await redis.client.publish('channel', 'news')).toBe(1));
});

test('a read leaves a server that fell silent, though no other connection noticed', async () => {
  const [old, next] = [await start(), await start()];
  const proxy = await startProxy(old);
  stops.push(() => proxy.close());
  const reader = (await open(proxy.port)).duplicate();
  stops.push(async () => reader.disconnect());
  const read = async (): Promise<unknown> =>
    (await reader.xread('BLOCK', 1_000, 'STREAMS', STREAM, '$')) ?? read();
  const reading = read();
  await eventually(async () => expect(await old.client.info('clients')).toContain('blocked_clients:1'));
  old.pause();
  stops.push(async () => old.resume());
  proxy.leadTo(next);
  // It notices after three seconds of silence.
  await eventually(async () => expect(await next.client.info('clients')).toContain('blocked_clients:1'), {
    timeout: 10_000,
  });
  await next.client.xadd(STREAM, '*', 'text', 'new');
  expect(await reading).toEqual([[STREAM, [[expect.any(String), ['text', 'new']]]]]);
});

test('all connections leave a server that fell silent, when they are told', async () => {
  const [old, next] = [await start(), await start()];
  const proxy = await startProxy(old);
  stops.push(() => proxy.close());
  const connection = await open(proxy.port);
  const [reader, subscriber] = [connection.duplicate(), connection.duplicate()];
  stops.push(async () => {
    for (const copy of [reader, subscriber]) copy.disconnect();
  });
  await subscriber.subscribe('channel');
  const heard = once(subscriber, 'message');
  // The old server has an entry of an hour later than the next one will give.
  await old.client.xadd(STREAM, `${Date.now() + 3_600_000}-0`, 'text', 'old');
  const read = (id: string) => reader.xread('BLOCK', 0, 'STREAMS', STREAM, id);
  const [[, [[id] = []] = []] = []] = (await read('$')) ?? [];
  const reading = read(id as string);

  old.pause();
  stops.push(async () => old.resume());
  proxy.leadTo(next);
  connection.connectAnew();
  await eventually(async () => expect(await connection.publish('channel', 'news')).toBe(1));
  expect(await heard).toEqual(['channel', 'news']);
  await eventually(async () => expect(await next.client.info('clients')).toContain('blocked_clients:1'));
  await next.client.xadd(STREAM, '*', 'text', 'new');
  expect(await reading).toEqual([[STREAM, [[expect.any(String), ['text', 'new']]]]]);
});
