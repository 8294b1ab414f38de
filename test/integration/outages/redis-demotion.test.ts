import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { startTestRedis, type TestRedis } from '../../support/redis/redis.ts';
import { type Service, startService } from '../../support/service.ts';
import { type Listener, openSockets, type Sockets } from '../../support/sockets.ts';
import { within } from '../../support/timed.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { eventually } from '../../support/wait.ts';
import { THRESHOLD, withLine } from '../../support/waiting-room/losable-redis.ts';
import { inTurn, queueOf } from '../../support/waiting-room/queue-client.ts';

/** How soon all is well once the address leads to a good master. */
const WELL_WITHIN_MS = 5_000;

let proxy: TcpProxy;
let service: Service;
let next: TestRedis;
let sockets: Sockets;
const lines: { level: number; msg: string }[] = [];

expectNoUnhandledRejections();
beforeEach(async () => {
  service = await startService({
    instances: 2,
    ownRedis: true,
    redisThroughPort: async (redis) => {
      proxy = await startProxy(redis);
      return proxy.port;
    },
    env: { QUEUE_THRESHOLD: String(THRESHOLD), QUEUE_TICK_MS: '100', QUEUE_REFORM_SECONDS: '1' },
    log: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  next = await startTestRedis({ own: true });
  sockets = openSockets(service.token);
});
afterEach(async () => {
  expect(sockets.close()).toEqual([]);
  await service.stop();
  await next.close();
  await proxy.close();
});

/** What each instance says: the status of its readiness, the state of Redis in it, and its gauge. */
function states() {
  return Promise.all(
    service.apps.map(async (app) => {
      const { status, body } = await ask(app, { url: '/health/ready' });
      const gauge = /^tiketi_redis_up (\d)$/m.exec(await app.metrics.text())?.[1];
      return `${status} ${body.redis.status} ${gauge}`;
    }),
  );
}

const connectionsTo = async ({ client }: TestRedis) =>
  Number(/total_connections_received:(\d+)/.exec(await client.info('stats'))?.[1]);

/** Makes `next` a replica of the service's Redis, with all its data. */
async function replicate(): Promise<void> {
  const { host, port, client } = service.redis;
  // Otherwise a master waits 5 s for more replicas before it sends its data.
  await client.config('SET', 'repl-diskless-sync-delay', '0');
  await next.client.replicaof(host, port);
  await eventually(async () => {
    expect(await next.client.info('replication')).toContain('master_link_status:up');
    expect(await next.client.dbsize()).toBe(await client.dbsize());
  });
}

test.each(['knows everything', 'is behind'])(
  'a master that is demoted under open connections costs no place and no news once the address leads to the new one, which %s',
  async (state) => {
    const { seatIds, queue, line, inside, sequences } = await withLine(service, 4);
    const free = await service.seedEvent({ seats: 30 });
    await queueOf(service, free.eventId).change({ threshold: 1_000 });
    const listeners = await inTurn([0, 1], (instance) =>
      sockets.connect(service.origins[instance] as string),
    );
    for (const { send } of listeners)
      expect(await send('join-seat-selection', { eventId: free.eventId })).toEqual({ ok: true });
    let seat = 0;
    /** A sale and a selection on each instance are heard on the other one. */
    const newsArrive = () =>
      inTurn([0, 1], async (from) => {
        const [near, far] = [listeners[from], listeners[1 - from]] as [Listener, Listener];
        const seatId = free.seatIds[seat++] as string;
        expect((await apiOf(service, from).reserve(free.eventId, [seatId])).status).toBe(201);
        await far.hears('seat-selected', { seatId }, 300);
        await near.send('seat-selection-changed', { eventId: free.eventId, seats: [seatId] });
        await far.hears('seat-update', { userId: near.userId, seats: [seatId] }, 300);
      });
    await eventually(newsArrive);

    await replicate();
    if (state === 'is behind') {
      await next.client.replicaof('NO', 'ONE');
      const late = queue.people(2);
      line.push(...late);
      sequences.push(...(await inTurn(late, async (one, at) => (await one.check(at)).body.sequence)));
      // The clock of the new master is an hour late.
      const stream = `${service.app.redisPrefix}:socket.io`;
      await service.redis.client.xadd(stream, `${Date.now() + 3_600_000}-0`, 'nothing', 'to tell');
      await eventually(newsArrive);
    }

    lines.length = 0;
    const connections = await connectionsTo(service.redis);
    const demotedAt = performance.now();
    await next.client.replicaof('NO', 'ONE');
    await service.redis.client.replicaof(next.host, next.port);
    await eventually(async () => expect(await states()).toEqual(['503 down 0', '503 down 0']));
    for (const instance of [0, 1]) {
      const refused = await Promise.all(line.map((person) => person.check(instance)));
      expect(tally(refused)).toEqual({ '503 SERVICE_UNAVAILABLE': line.length });
      expect((await inside[instance]?.reserve(seatIds[instance], instance))?.status).toBe(201);
      expect(
        (await apiOf(service, instance).reserve(free.eventId, [free.seatIds[20 + instance] as string]))
          .status,
      ).toBe(201);
    }
    await eventually(async () => expect(await connectionsTo(service.redis)).toBeGreaterThan(connections + 2));
    expect(await states()).toEqual(['503 down 0', '503 down 0']);
    // A master that is demoted ends connections that wait for news, one of each instance. Besides, an instance tries again after half a
    // second at the earliest, however many commands fail.
    const tried = (await connectionsTo(service.redis)) - connections;
    const seconds = (performance.now() - demotedAt) / 1_000;
    expect(tried).toBeLessThanOrEqual(2 + 2 * Math.ceil(2 * seconds));

    proxy.leadTo(next);
    await within(
      WELL_WITHIN_MS,
      eventually(async () => {
        expect(await states()).toEqual(['200 up 1', '200 up 1']);
        for (const instance of [0, 1]) {
          const back = await inTurn(line.toReversed(), (person) => person.check(instance));
          expect(back.map(({ body }) => body.sequence)).toEqual(sequences.toReversed());
        }
        await newsArrive();
      }),
    );
    expect((await queue.admin()).body).toMatchObject({ currentUsers: THRESHOLD, queueSize: line.length });
    const said = (text: RegExp) => lines.filter(({ msg }) => text.test(msg));
    expect(said(/^Redis is (a read-only replica|loading)/)).toHaveLength(2);
    expect(said(/^Redis (is|answers) /)).toHaveLength(4);
    expect(said(/^Redis is back$/)).toHaveLength(2);
  },
);
