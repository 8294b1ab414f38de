import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AdapterConnection } from '../../src/realtime/adapter-connection.ts';
import { apiOf } from '../support/http.ts';
import { startTestRedis, type TestRedis } from '../support/redis/redis.ts';
import { redisSettings } from '../support/redis/settings.ts';
import { type Service, startService } from '../support/service.ts';
import { type Listener, openSockets, type Sockets } from '../support/sockets.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';
import { eventually } from '../support/wait.ts';

expectNoUnhandledRejections();

describe('two instances and their Redis', () => {
  let service: Service;
  let sockets: Sockets;

  beforeEach(async () => {
    service = await startService({ instances: 2, ownRedis: true, env: { QUEUE_TICK_MS: '100' } });
    sockets = openSockets(service.token);
  });
  afterEach(async () => {
    expect(sockets.close()).toEqual([]);
    await service.stop();
  });

  const connect = (instance: number, userId: string = randomUUID()) =>
    sockets.connect(service.origins[instance] as string, { userId });

  /** One listener on each instance, in every room of the event. Both hear both instances. */
  async function audience(eventId: string): Promise<[Listener, Listener]> {
    const listeners: [Listener, Listener] = [await connect(0), await connect(1)];
    for (const { send } of listeners) {
      for (const room of ['join-event', 'join-seat-selection'] as const)
        expect(await send(room, { eventId })).toEqual({ ok: true });
    }
    await listeners[0].hears('room-info', { userCount: 2 });
    return listeners;
  }

  test.each(['stop', 'pause'] as const)(
    'while Redis is away (%s) each instance updates its own sockets at once and those of others soon, and afterwards all of them at once',
    async (fault) => {
      // One for each try, until Redis is back.
      const { eventId, seatIds } = await service.seedEvent({ seats: 60 });
      const [near, far] = await audience(eventId);
      let closed = 0;
      for (const { socket } of [near, far]) socket.on('disconnect', () => closed++);
      let next = 0;
      const take = async (instance: number) => {
        const seatId = seatIds[next++] as string;
        expect((await apiOf(service, instance).reserve(eventId, [seatId])).status).toBe(201);
        return seatId;
      };

      await far.hears('room-info', { userCount: 2 });
      const before = await take(0);
      await far.hears('seat-selected', { seatId: before });

      await service.redis[fault]();
      const during = await take(0);
      await near.hears('seat-selected', { seatId: during });
      // The other instance reads from PostgreSQL what it missed, once a second.
      await far.hears('seat-selected', { seatId: during });
      await near.send('seat-selection-changed', { eventId, seats: [] });
      const neighbour = await connect(0);
      expect(await neighbour.send('join-seat-selection', { eventId })).toEqual({ ok: true });
      await neighbour.send('seat-selection-changed', { eventId, seats: [during] });
      await near.hears('seat-update', { userId: neighbour.userId });
      expect(await neighbour.send('join-queue', { eventId })).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      neighbour.socket.emit('join-queue', {});
      await neighbour.hears('error', { code: 'VALIDATION_FAILED' });
      await neighbour.losesConnection();
      expect(await neighbour.send('join-event', { eventId })).toEqual({ ok: true });

      await (fault === 'stop' ? service.redis.start() : service.redis.resume());
      await eventually(
        async () => {
          const seatId = await take(1);
          await near.hears('seat-selected', { seatId }, 500);
        },
        { timeout: 10_000 },
      );
      await eventually(async () => {
        expect(await near.send('join-queue', { eventId })).toEqual({ ok: true });
      });
      // Each instance finds out on its own that Redis is back.
      await eventually(
        async () => {
          const seatId = await take(0);
          await far.hears('seat-selected', { seatId }, 500);
        },
        { timeout: 10_000 },
      );
      for (const each of [near, far]) await each.hears('room-info', { userCount: 3 }, 8_000);
      // It is not told again as late news.
      expect(far.heard('seat-selected').filter(({ seatId }) => seatId === during)).toHaveLength(1);
      expect(closed).toBe(0);
    },
  );

  test('a service that is stopped while Redis is away ends within five seconds', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    const [near] = await audience(eventId);
    await service.redis.stop();
    await apiOf(service).reserve(eventId, seatIds);
    await near.hears('seat-selected', { eventId });
    near.socket.disconnect();
    const started = performance.now();
    await Promise.all(service.apps.map((app) => app.close()));
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('the clients of a stopped instance reconnect by themselves', async () => {
    const { eventId } = await service.seedEvent();
    const [leaving, staying] = await audience(eventId);
    const reason = new Promise<string>((resolve) => leaving.socket.once('disconnect', resolve));
    await service.apps[0]?.close();
    expect(await reason).toBe('transport close');
    expect(leaving.socket.active).toBe(true);
    await staying.hears('room-info', { userCount: 1 });
  });

  test('a change that is decided while an instance stops reaches the clients of the others', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    const [, far] = await audience(eventId);
    const reserved = apiOf(service).reserve(eventId, seatIds);
    const closed = reserved.then(() => service.apps[0]?.close());
    expect((await reserved).status).toBe(201);
    await eventually(() => expect(far.heard('seat-selected')).toHaveLength(2));
    await closed;
  });
});

describe('the connection between instances', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis({ own: true });
  });
  afterAll(() => redis.close());

  const open = (stream: string) => AdapterConnection.open(redisSettings(redis), stream);
  const read = (reader: ReturnType<AdapterConnection['duplicate']>, stream: string) =>
    reader.xread('COUNT', 10, 'BLOCK', 50, 'STREAMS', stream, '$');

  test.each([0, 3])(
    'reads every entry since its start, even between two reads (%i older entries)',
    async (older) => {
      const stream = randomUUID();
      for (let count = 0; count < older; count++) await redis.client.xadd(stream, '*', 'text', 'before');
      const connection = await open(stream);
      const reader = connection.duplicate();
      expect(await read(reader, stream)).toBeNull();
      await redis.client.xadd(stream, '*', 'text', 'between');
      const [[, entries]] = (await read(reader, stream)) as [[string, [string, string[]][]]];
      expect(entries.map(([, fields]) => fields)).toEqual([['text', 'between']]);
      reader.disconnect();
      await connection.close();
    },
  );

  test('the control: a reader that starts at `$` each time loses the same entry', async () => {
    const stream = randomUUID();
    const reader = redis.client.duplicate();
    expect(await read(reader, stream)).toBeNull();
    await redis.client.xadd(stream, '*', 'text', 'between');
    expect(await read(reader, stream)).toBeNull();
    reader.disconnect();
  });
});
