import type { Server } from 'socket.io';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slotOf } from '../../../src/plugins/redis/slots.ts';
import { startRedisCluster, type TestRedisCluster } from '../../support/redis/cluster.ts';
import { canBreakRedis, startTestRedis, type TestRedis } from '../../support/redis/redis.ts';
import { type Service, startService } from '../../support/service.ts';
import { openSockets } from '../../support/sockets.ts';
import { eventually } from '../../support/wait.ts';
import { type Person, queueOf } from '../../support/waiting-room/queue-client.ts';

describe.runIf(canBreakRedis())('instances on a Redis cluster of three masters', () => {
  let cluster: TestRedisCluster;
  let redis: TestRedis;
  let service: Service;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    // The cluster's own client is no plain Redis. Nothing of the service goes here.
    redis = await startTestRedis();
    service = await startService({
      instances: 2,
      redis,
      redisSettings: cluster.settings,
      env: { QUEUE_THRESHOLD: '1', QUEUE_REFORM_SECONDS: '0', QUEUE_TICK_MS: '100', SEAT_LOCKS: 'true' },
    });
  }, 120_000);
  afterAll(async () => {
    await service?.stop();
    await redis?.close();
    await cluster?.close();
  });

  /** An event whose room is on this node, with one person inside and one who waits. */
  async function openRoom(node: number) {
    for (;;) {
      const { eventId, seatIds } = await service.seedEvent({ seats: 10, stock: [10] });
      if ((await cluster.ownerOf(`tiketi:{${eventId}}:state`)) !== node) continue;
      const [first, second] = queueOf(service, eventId).people(2) as [Person, Person];
      expect((await first.check(0)).body).toMatchObject({ state: 'inside' });
      expect((await second.check(1)).body).toMatchObject({ state: 'waiting', position: 1 });
      // While Redis is away, an instance knows of a line what it saw of it.
      expect((await second.status(0)).body).toMatchObject({ position: 1 });
      return { eventId, seatIds, first, second };
    }
  }

  test('rooms on every node let people in, in turn, on either instance', async () => {
    for (const node of [0, 1, 2]) {
      const { first, second } = await openRoom(node);
      await first.leave(1);
      await eventually(async () => expect((await second.status(0)).body).toMatchObject({ state: 'inside' }));
    }
    expect(service.app.redisHealth.answers).toBe(true);
  });

  test('a room goes on while its slot moves to another node, and so do the news of instances', async () => {
    const { eventId, first, second } = await openRoom(1);
    await cluster.move(`tiketi:{${eventId}}:state`, 2);
    expect((await second.status(0)).body).toMatchObject({ state: 'waiting', position: 1 });
    await first.leave(1);
    await eventually(async () => expect((await second.status(1)).body).toMatchObject({ state: 'inside' }));

    const stream = `${service.app.redisPrefix}:socket.io`;
    await cluster.move(stream, ((await cluster.ownerOf(stream)) + 1) % 3);
    const [one, other] = service.apps as [Service['app'], Service['app']];
    const heard: string[] = [];
    other.announcements.onAudience((id) => heard.push(id));
    await eventually(() => {
      one.announcements.audience(eventId);
      expect(heard).toContain(eventId);
    });
  });

  test('a lost shard is a Redis that is away, until it is back', async ({ onTestFinished }) => {
    const { seatIds, first, second } = await openRoom(2);
    const lost = await openRoom(0);
    cluster.pause(0);
    onTestFinished(() => cluster.resume(0));
    await eventually(() => expect(service.apps.every((app) => !app.redisHealth.answers)).toBe(true), {
      timeout: 10_000,
    });
    expect(await lost.second.status(0)).toMatchObject({ status: 503 });
    expect((await first.reserve(seatIds[0], 1)).status).toBe(201);
    cluster.resume(0);
    await eventually(
      async () => {
        for (const instance of [0, 1]) {
          expect((await lost.second.status(instance)).body).toMatchObject({ state: 'waiting', position: 1 });
          expect((await second.status(instance)).body).toMatchObject({ state: 'waiting', position: 1 });
        }
      },
      { timeout: 20_000, interval: 100 },
    );
  });

  test('sockets hear from the other instance again after all nodes were away', async ({ onTestFinished }) => {
    const sockets = openSockets(service.token);
    onTestFinished(() => void sockets.close());
    const { socket } = await sockets.connect(service.origins[1] as string);
    const nodes = [0, 1, 2];
    onTestFinished(() => nodes.forEach(cluster.resume));
    const awayMs = () => Math.min(...service.apps.map((app) => app.redisHealth.awayMs));
    const before = awayMs();
    nodes.forEach(cluster.pause);
    // A silent connection is replaced after 3 s. After 2 more, no node has told the new one where to connect.
    await eventually(() => expect(awayMs() - before).toBeGreaterThan(7_000), { timeout: 30_000 });
    nodes.forEach(cluster.resume);
    // No event of the contract: instances find out by themselves, a second later, what the news don't tell.
    let heard = 0;
    socket.on('test', () => heard++);
    await eventually(
      () => {
        (service.app.io as Server).emit('test');
        expect(heard).toBeGreaterThan(0);
      },
      { timeout: 20_000, interval: 100 },
    );
  });

  test('slots are those of Redis', async () => {
    for (const tag of ['1', '99999', 'foo', '123456789'])
      expect(await cluster.nodes[1]?.cluster('KEYSLOT', tag)).toBe(slotOf(tag));
  });
});
