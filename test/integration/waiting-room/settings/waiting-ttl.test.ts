import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';
import { inTurn, type Person, queueOf, withPeople } from '../../../support/waiting-room/queue-client.ts';

const HOURS = 7_200;

onEachRedis('an event that sets how long a silent user keeps a place in line', ({ open, isReal }) => {
  test('changes it for users who wait already, to a longer and to a shorter time', async () => {
    const room = open({ threshold: 0 });
    const { commands, eventId, rules } = room;
    const [silent, present] = people(2) as [string, string];
    await room.visitAll('check', [silent, present]);
    await room.goesOn(250, [present]);
    rules.waitingTtlSeconds = HOURS;
    await room.goesOn(1_200, [present]);
    expect((await room.look()).line.map(({ userId }) => userId)).toEqual([silent, present]);
    expect(await room.visit('status', silent)).toMatchObject({ state: 'waiting', position: 1 });
    await room.goesOn(400, [present]);
    rules.waitingTtlSeconds = 300;
    expect((await commands.sweep(eventId)).room).toMatchObject({ queueSize: 1, abandoned: 1 });
    expect((await room.look()).line).toMatchObject([{ userId: present }]);
  });

  test('keeps the room for as long, without any contact', async () => {
    const room = open({ threshold: 0, waitingTtlSeconds: HOURS });
    const [silent] = people(1) as [string];
    await room.visit('check', silent);
    // No instance is up meanwhile. After that the line forms again.
    await room.timePasses(HOURS - 100);
    expect(await room.visit('status', silent)).toMatchObject({ state: 'waiting', position: 1 });
  });

  test('brings no user back by an old proof after the line has formed again', async () => {
    const room = open({ threshold: 1 });
    const { commands, eventId, rules } = room;
    const [inside, leaver] = people(2) as [string, string];
    await room.visitAll('check', [inside, leaver]);
    const ticket = `T${room.now()}:1`;
    await room.timePasses(1);
    await room.flush();
    expect((await commands.overview(eventId)).room.reformed).toBe(true);
    await room.timePasses(20);
    expect((await room.visit('check', leaver, ticket)).sequence).toBe(1);
    for (let second = 0; second < 400; second += 50) {
      await room.timePasses(50);
      await room.visit('check', inside);
      await commands.admit(eventId);
    }
    await commands.leave(eventId, { userId: leaver });
    rules.waitingTtlSeconds = HOURS;
    expect(await room.visit('status', leaver, ticket)).toMatchObject({
      state: 'outside',
      room: { reborn: 0 },
    });
  });

  test('takes no room that ended by itself for a lost one', async () => {
    const room = open({ threshold: 2 });
    const { commands, eventId, rules } = room;
    await room.visitAll('check', people(2));
    await room.timePasses(650);
    rules.waitingTtlSeconds = HOURS;
    const [newcomer] = people(1) as [string];
    expect((await commands.overview(eventId)).room).toMatchObject({ reformed: false, inside: 0 });
    expect(await room.visit('check', newcomer)).toMatchObject({ state: 'inside', room: { inside: 1 } });
  });

  test('nor one whose time was set while its last command was under way', async () => {
    const room = open({ threshold: 2 });
    const visiting = room.visitAll('check', people(2));
    room.rules.waitingTtlSeconds = HOURS;
    await visiting;
    await room.timePasses(650);
    expect((await room.commands.overview(room.eventId)).room).toMatchObject({ reformed: false, inside: 0 });
  });

  test('lets an operator see how many users in line are silent', async () => {
    const room = open({ threshold: 0, waitingTtlSeconds: HOURS });
    const { commands, eventId } = room;
    const silentSize = async () => (await commands.overview(eventId)).silentSize;
    const [first, second] = people(2) as [string, string];
    await room.visitAll('check', [first, second]);
    await room.goesOn(250, [second]);
    expect(await silentSize()).toBe(0);
    await room.goesOn(60, [second]);
    expect(await silentSize()).toBe(1);
    await room.visit('status', first);
    expect(await silentSize()).toBe(0);
  });

  test('counts the silent users of a lobby too', async () => {
    const soon = open().now() + 3_600_000;
    const room = open({ waitingTtlSeconds: HOURS, lobbyOpensAt: soon - 7_200_000, startsAt: soon });
    const [silent, present] = people(2) as [string, string];
    await room.visitAll('check', [silent, present]);
    await room.goesOn(310, [present]);
    expect(await room.commands.overview(room.eventId)).toMatchObject({ lobbySize: 2, silentSize: 1 });
  });

  test.runIf(isReal)('estimates their number in a line of more than 2,000 people', async () => {
    const room = open({ threshold: 0, waitingTtlSeconds: HOURS });
    const crowd = people(12_000);
    await room.visitAll('check', crowd);
    const third = crowd.filter((_, index) => index % 3 === 0 || index < 2_000);
    await room.goesOn(310, third);
    const { silentSize } = await room.commands.overview(room.eventId);
    const silent = crowd.length - third.length;
    expect(Math.abs(silentSize - silent) / silent).toBeLessThan(0.1);
  });
});

describe('a locked phone', () => {
  let service: Service;
  beforeAll(async () => {
    const env = { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '50', QUEUE_WAITING_TTL_SECONDS: '1' };
    service = await startService({ instances: 2, env });
  });
  afterAll(() => service.stop());

  test('keeps its place on every instance while the event allows it, and not in another event', async () => {
    const { eventId } = await service.seedEvent();
    const queue = queueOf(service, eventId);
    const changed = await queue.change({ waitingTtlSeconds: HOURS });
    expect(changed.body).toMatchObject({ waitingTtlSeconds: HOURS, silentSize: 0 });
    await eventually(async () =>
      expect((await queue.admin(1)).body).toMatchObject({ waitingTtlSeconds: HOURS }),
    );
    const [buyer, locked] = queue.people(2) as [Person, Person];
    await inTurn([buyer, locked], (person) => person.check());
    const other = await withPeople(service, 2);
    await eventually(async () => expect((await other.queue.admin()).body.queueSize).toBe(0));
    for (const { body } of await inTurn([0, 1], (instance) => locked.status(instance))) {
      expect(body).toMatchObject({ state: 'waiting', position: 1 });
      // Soon enough to hear of an entry, which waits for QUEUE_TTL_SECONDS.
      expect(body.nextPollMs).toBeLessThanOrEqual(75_000);
      const [, payload] = String(body.ticket).split('.') as [string, string];
      const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
      expect(exp - iat).toBe(HOURS);
    }
    await queue.change({ waitingTtlSeconds: null }, 1);
    await eventually(async () =>
      expect((await queue.admin()).body).toMatchObject({ queueSize: 0, waitingTtlSeconds: 1 }),
    );
  });
});
