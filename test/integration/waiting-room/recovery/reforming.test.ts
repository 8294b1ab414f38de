import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tally } from '../../../support/http.ts';
import { type Service, startService } from '../../../support/service.ts';
import { openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

onEachRedis('the knowledge that instances have of a lost room', ({ open, clients }) => {
  const pass = (at: number) => `P${at}`;

  /** A full room without a line, which two instances know. */
  async function full() {
    const room = open({ threshold: 2 });
    const other = room.instance({ redis: clients()[1] });
    const [a, b, c, newcomer] = people(4) as [string, string, string, string];
    await room.visitAll('check', [a, b]);
    await other.overview(room.eventId);
    const enters = async (commands = room.commands) => {
      const { standings, room: found } = await commands.visit(room.eventId, 'check', [{ userId: newcomer }]);
      return { state: standings[0]?.state, inside: found.inside };
    };
    return { room, other, a, b, c, enters };
  }

  test('holds the threshold, although all of them started since and nobody waited', async () => {
    const { room, a, b, enters } = await full();
    const { born, kept, seq, inside } = (await room.commands.overview(room.eventId)).room;
    const at = room.now();
    await room.timePasses(5);
    await room.flush();
    const seen = { born, kept, seq, inside, line: false, ttl: 300_000 };
    const started = room.instance({ redis: clients()[1], snapshotOf: () => seen });
    expect(await enters(started)).toEqual({ state: 'waiting', inside: 2 });
    for (const userId of [a, b])
      expect(await room.visit('enter', userId, pass(at))).toMatchObject({
        state: 'inside',
        room: { inside: 2 },
      });
    expect((await started.admit(room.eventId)).room.inside).toBe(2);
  });

  test('counts the people who went in since the state that Redis has, and not those who left', async () => {
    const { room, a, b, c, enters } = await full();
    await room.visit('check', c);
    const putBack = await room.snapshot();
    await room.goesOn(20, [b, c]);
    await room.commands.leave(room.eventId, { userId: a });
    expect((await room.commands.admit(room.eventId)).admitted).toMatchObject([{ userId: c }]);
    const at = room.now();
    await room.timePasses(3);
    await putBack();
    expect(await enters()).toEqual({ state: 'waiting', inside: 2 });
    for (const userId of [b, c])
      expect(await room.visit('check', userId, pass(at))).toMatchObject({
        state: 'inside',
        room: { inside: 2 },
      });
    expect((await room.look()).inside.toSorted()).toEqual([b, c].toSorted());
    await room.goesOn(15, [b, c]);
    expect((await room.commands.admit(room.eventId)).admitted).toEqual([]);
  });

  test.each(['the newest knowledge', 'the oldest one'])(
    'shuts nobody out when it is old (%s comes first)',
    async (first) => {
      const { room, other, a, b, c, enters } = await full();
      for (const userId of [a, b]) await room.commands.leave(room.eventId, { userId });
      await room.visit('check', c);
      await room.goesOn(70, [c]);
      await room.flush();
      const both = [room.commands, other];
      for (const commands of first === 'the oldest one' ? both.reverse() : both)
        await commands.overview(room.eventId);
      expect(await enters(other)).toEqual({ state: 'inside', inside: 2 });
    },
  );

  test('ends when the room is cleared after the loss, whichever other instance knew it', async () => {
    const { room, other, enters } = await full();
    await room.timePasses(2);
    await room.flush();
    expect((await room.commands.overview(room.eventId)).room).toMatchObject({
      reformed: true,
      inside: 2,
    });
    await room.timePasses(2);
    await room.commands.clear(room.eventId);
    await room.timePasses(2);
    expect((await other.overview(room.eventId)).room).toMatchObject({ reformed: false, inside: 0 });
    expect(await enters(other)).toEqual({ state: 'inside', inside: 1 });
  });
});

describe('instances on a Redis that is lost', () => {
  const THRESHOLD = 2;
  let service: Service;
  let sockets: Sockets;
  beforeAll(async () => {
    // Without ticks, so that only requests act.
    const env = { QUEUE_THRESHOLD: String(THRESHOLD), QUEUE_TICK_MS: '60000' };
    service = await startService({ instances: 2, ownRedis: true, env });
    sockets = openSockets(service.token);
  });
  afterEach(async () => {
    expect(sockets.close()).toEqual([]);
    // After an outage, an instance tells the others nothing, and hears nothing, until it has connected anew.
    await eventually(async () => {
      const texts = await Promise.all(service.apps.map((app) => app.metrics.registry.metrics()));
      for (const text of texts) expect(text).toContain('tiketi_degraded{part="fan_out"} 0');
    });
  });
  afterAll(() => service.stop());

  async function withPeople(count: number) {
    const { eventId, seatIds } = await service.seedEvent({ seats: 10 });
    const queue = queueOf(service, eventId);
    const everybody = queue.people(count);
    await inTurn(everybody, (person, index) => person.check(index));
    return { eventId, seatIds, queue, everybody };
  }

  /** The reforms that all instances counted. */
  async function reforms(): Promise<number> {
    const texts = await Promise.all(service.apps.map((app) => app.metrics.registry.metrics()));
    const counts = texts.map((text) => Number(/^tiketi_queue_reforms_total (\d+)$/m.exec(text)?.[1]));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  test('do not lead back a person who left on another instance', async () => {
    const { eventId, seatIds, everybody } = await withPeople(THRESHOLD + 1);
    const [leaves, stays, next] = everybody as [Person, Person, Person];
    // Instance 1 knows them too, and they show the pass that it gave them.
    await leaves.check(1);
    const listener = await sockets.connect(service.origins[1] as string, { userId: next.userId });
    await listener.send('join-queue', { eventId });
    const { pass = '' } = leaves.proofs;
    await leaves.leave(0);
    // The other instance hears of it after that.
    await listener.hears('queue-entry-allowed', { eventId, userId: next.userId });
    expect((await next.check(1)).body.state).toBe('inside');
    await service.redis.client.flushall();
    const back = [
      await leaves.reserve(seatIds[0], 1, { pass }),
      await next.reserve(seatIds[1], 1),
      await stays.reserve(seatIds[2], 1),
    ];
    expect(tally(back)).toEqual({ '403 QUEUE_REQUIRED': 1, 201: 2 });
  });

  test('count a loss once, whichever request notices it', async () => {
    const { queue, everybody } = await withPeople(1);
    const finds = [() => queue.admin(1), () => (everybody[0] as Person).leave(1), () => queue.clear(1)];
    for (const find of finds) {
      await everybody[0]?.check();
      await everybody[0]?.check(1);
      const before = await reforms();
      await service.redis.client.flushall();
      await find();
      expect(await reforms()).toBe(before + 1);
      await queue.admin();
      expect(await reforms()).toBe(before + 1);
    }
  });

  test('renew a pass without making it newer, since Redis may be back already', async () => {
    const { everybody } = await withPeople(THRESHOLD + 1);
    const [inside] = everybody as [Person];
    const claims = (token = '') =>
      JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
    const given = claims(inside.proofs.pass);
    await service.redis.stop();
    // A pass says its end in whole seconds.
    await eventually(async () => {
      const { status, body } = await inside.check(1);
      expect(status).toBe(200);
      const renewed = claims(body.pass);
      expect(renewed.at).toBeLessThanOrEqual(given.at);
      expect(renewed.exp).toBeGreaterThan(given.exp);
    });
    await service.redis.start();
  });
});
