import { randomUUID } from 'node:crypto';
import type { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCommands } from '../../../../src/waiting-room/redis/commands.ts';
import { KEYS } from '../../../../src/waiting-room/redis/scripts.ts';
import { startRedisCluster, type TestRedisCluster } from '../../../support/redis/cluster.ts';
import { canBreakRedis } from '../../../support/redis/redis.ts';
import { people } from '../../../support/waiting-room/each-redis.ts';
import { openWaitingRoom, type WaitingRoomOptions } from '../../../support/waiting-room/room-harness.ts';

const needs = canBreakRedis()
  ? ''
  : ' (needs redis-server or valkey-server on the PATH: REDIS_HOST names a single server)';

describe.skipIf(needs !== '')(`on a Redis cluster of three nodes${needs}`, () => {
  let cluster: TestRedisCluster;
  let clients: [Cluster, Cluster];

  beforeAll(async () => {
    cluster = await startRedisCluster();
    clients = [cluster.connect(), cluster.connect()];
  }, 120_000);
  afterAll(() => cluster?.close());

  const open = (options?: WaitingRoomOptions) => openWaitingRoom(clients[0], options);

  /** @returns the index of the node that has these keys; every other node refuses them */
  async function nodeOf(keys: string[]): Promise<number> {
    const found = await Promise.all(
      cluster.nodes.map((node) =>
        Promise.all(keys.map((key) => node.exists(key))).then(
          () => true,
          (error: Error) => {
            expect(error.message).toMatch(/^MOVED /);
            return false;
          },
        ),
      ),
    );
    expect(found.filter(Boolean).length).toBe(1);
    return found.indexOf(true);
  }

  test('all keys of an event share one slot, and events spread over all nodes', async () => {
    const nodes = new Set<number>();
    const slots = new Set<unknown>();
    for (let event = 0; event < 40; event++) {
      const room = open({ threshold: 1 });
      await room.visitAll('check', people(2));
      const keys = KEYS.map((name) => `test:{${room.eventId}}:${name}`);
      const inSlots = await Promise.all(keys.map((key) => clients[0].cluster('KEYSLOT', key)));
      expect(new Set(inSlots).size).toBe(1);
      slots.add(inSlots[0]);
      nodes.add(await nodeOf(keys));
      expect(Object.keys((await room.look()).ends)).toEqual(expect.arrayContaining(['waiting', 'inside']));
    }
    expect(nodes.size).toBe(3);
    expect(slots.size).toBeGreaterThan(30);
  });

  test('every command works as on a single Redis, for events on every node', async () => {
    await Promise.all(
      Array.from({ length: 9 }, async () => {
        const room = open({ threshold: 2 });
        const { commands, eventId } = room;
        const other = room.instance({ redis: clients[1] });
        const [a, b, c, d, e] = people(5) as [string, string, string, string, string];
        await room.visitAll('check', [a, b, c, d, e]);
        expect(await room.visit('enter', a)).toMatchObject({ state: 'inside' });
        expect(await room.visit('status', d)).toMatchObject({ state: 'waiting', position: 2 });
        await commands.leave(eventId, { userId: a });
        expect(await other.admit(eventId)).toMatchObject({ admitted: [{ userId: c }] });
        await room.goesOn(250, [b, c, d]);
        await room.timePasses(60);
        expect((await other.sweep(eventId)).room.abandoned).toBe(1);
        expect(await other.overview(eventId)).toMatchObject({
          room: { queueSize: 1, inside: 2 },
          tally: { arrivals: 3, admissions: 1, abandonments: 1 },
        });
        const at = room.now();
        await room.goesOn(5);
        await room.flush();
        expect(await room.visit('check', d, `T${at}:2`)).toMatchObject({
          state: 'waiting',
          sequence: 2,
          joined: false,
          room: { reformed: true, inside: 2 },
        });
        expect((await commands.clear(eventId)).people).toBe(1);
      }),
    );
  });

  test('a lobby is drawn', async () => {
    for (let event = 0; event < 6; event++) {
      const room = open({ threshold: 1 });
      const { commands, eventId } = room;
      room.rules.lobbyOpensAt = room.now() - 60_000;
      room.rules.startsAt = room.now() + 60_000;
      const lobby = people(300);
      await room.visitAll('check', lobby);
      await room.goesOn(70, lobby);
      expect(await commands.close(eventId)).toBe('drawing');
      const late = randomUUID();
      await room.visit('check', late);
      const found: string[] = [];
      for await (const part of commands.lobby(eventId)) found.push(...part);
      const order = found.toSorted();
      expect(order).toEqual(lobby.toSorted());
      await commands.load(eventId, 1, order);
      expect(await commands.draw(eventId)).toBe(300);
      expect((await room.look()).line.map(({ userId }) => userId)).toEqual([...order, late]);
    }
  });

  test('the threshold holds on each node, however many instances ask at once', async () => {
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        const room = open({ threshold: 10 });
        const other = room.instance({ redis: clients[1] });
        const visits = await Promise.all(
          people(60).map((userId, index) =>
            (index % 2 ? other : room.commands).visit(room.eventId, 'check', [{ userId }]),
          ),
        );
        const states = visits.map(({ standings }) => standings[0]?.state);
        expect(states.filter((state) => state === 'inside').length).toBe(10);
        const positions = visits.flatMap(({ standings }) => standings[0]?.position || []);
        expect(positions.toSorted((one, next) => one - next)).toEqual(
          Array.from({ length: 50 }, (_, index) => index + 1),
        );
      }),
    );
  });

  test('the control: keys without a hash tag are refused', async () => {
    const { rules } = open();
    // With empty braces in front, the whole key decides its slot.
    const commands = createCommands(clients[0], 'test{}', {
      config: { insideTtlSeconds: 300, tickMs: 1_000, reformSeconds: 10 },
      settingsOf: () => rules,
    });
    const visit = commands.visit(randomUUID(), 'check', [{ userId: randomUUID() }]);
    await expect(visit).rejects.toThrow(/^CROSSSLOT/);
  });
});
