import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBreakRedis, startTestRedis, type TestRedis } from '../../../support/redis/redis.ts';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';
import { openWaitingRoom, type WaitingRoom } from '../../../support/waiting-room/room-harness.ts';

const REFORM_SECONDS = 10;

const LOBBY_SECONDS = 60;

/** The clock of the Redis inside the process jumps by up to a second. */
const MARGIN_SECONDS = 3;

type Three = [string, string, string];

/** Sets a lobby, which is open already unless it opens later. */
function setLobby(room: WaitingRoom, opensInSeconds = -MARGIN_SECONDS): void {
  room.rules.lobbyOpensAt = room.now() + opensInSeconds * 1_000;
  room.rules.startsAt = room.rules.lobbyOpensAt + LOBBY_SECONDS * 1_000;
}

/** Draws the lottery, and notes that it is drawn, as every instance reads it from PostgreSQL. */
async function draws(room: WaitingRoom, order: string[]): Promise<number> {
  const { commands, eventId } = room;
  expect(await commands.close(eventId)).toBe('drawing');
  await commands.load(eventId, 1, order);
  const placed = await commands.draw(eventId);
  room.rules.drawn = true;
  return placed;
}

const inOrder = (users: string[]) => users.map((userId, index) => ({ userId, sequence: index + 1 }));

onEachRedis('a lobby that is set while people are inside and in line', ({ open }) => {
  /** One person inside and two in line. */
  async function crowded() {
    const room = open({ threshold: 1, reformSeconds: REFORM_SECONDS });
    const [inside, first, second] = people(3) as Three;
    await room.visitAll('check', [inside, first, second]);
    return { room, inside, first, second, everybody: [inside, first, second], at: room.now() };
  }

  test('takes in all of them, and the lottery decides anew: nobody keeps a place, and each gets a different one', async () => {
    const { room, inside, first, second, everybody } = await crowded();
    setLobby(room);
    const newcomer = people(1)[0] as string;
    expect(await room.visit('check', newcomer)).toMatchObject({
      state: 'lobby',
      room: { queueSize: 4, inside: 0 },
    });
    expect((await room.visit('enter', inside)).state).toBe('lobby');
    expect((await room.visit('status', first)).state).toBe('lobby');
    const { lobby, ...others } = await room.look();
    expect([lobby.toSorted(), others]).toMatchObject([
      [...everybody, newcomer].toSorted(),
      { inside: [], line: [] },
    ]);
    await room.goesOn(LOBBY_SECONDS, [...everybody, newcomer]);
    const order = [newcomer, second, inside, first];
    expect(await draws(room, order)).toBe(4);
    expect((await room.look()).line).toEqual(inOrder(order));
    expect((await room.commands.admit(room.eventId)).admitted).toMatchObject([{ userId: newcomer }]);
  });

  test('puts out the people inside before it opens, and has the people in contact when it does', async () => {
    const { room, inside, first, second } = await crowded();
    setLobby(room, 60);
    expect(await room.visit('enter', inside)).toMatchObject({
      state: 'outside',
      room: { phase: 'early', inside: 0 },
    });
    expect((await room.look()).inside).toEqual([]);
    await room.goesOn(60 + MARGIN_SECONDS, [first, second]);
    expect((await room.visit('status', first)).state).toBe('lobby');
    expect((await room.look()).lobby.toSorted()).toEqual([first, second].toSorted());
  });

  test.each(['before', 'after'] as const)(
    'voids their passes and tickets %s the lottery too',
    async (when) => {
      const { room, inside, first, second, everybody, at } = await crowded();
      setLobby(room);
      if (when === 'after') {
        await room.goesOn(LOBBY_SECONDS, everybody);
        await draws(room, [second, first, inside]);
      } else await room.goesOn(1);
      await room.flush();
      expect(await room.visit('enter', inside, `P${at}`)).toMatchObject({
        state: 'outside',
      });
      expect(await room.visit('status', first, `T${at}:1`)).toMatchObject({
        state: 'outside',
      });
    },
  );
});

onEachRedis('a lobby that Redis loses as its sale starts', ({ open, isReal }) => {
  async function waiting() {
    const room = open({ threshold: 1, reformSeconds: REFORM_SECONDS });
    setLobby(room);
    const [a, b, c] = people(3) as Three;
    await room.visitAll('check', [a, b, c]);
    const at = room.now();
    return { room, a, b, c, at, newcomer: people(1)[0] as string };
  }

  // Seconds after the start.
  test.runIf(isReal).each([-0.15, 1])(
    '(%d s) is open again until everybody can be back, and everybody is in the lottery',
    async (seconds) => {
      const { room, a, b, c, at, newcomer } = await waiting();
      const secondsLeft = ((room.rules.startsAt as number) - room.now()) / 1_000;
      await room.goesOn(secondsLeft + seconds, [a, b, c]);
      await room.commands.close(room.eventId);
      await room.flush();
      expect((await room.visit('check', newcomer)).state).toBe('lobby');
      await room.timePasses(2);
      expect(await room.commands.close(room.eventId)).toBe('lobby');
      for (const userId of [c, a])
        expect(await room.visit('status', userId, `T${at}:0`)).toMatchObject({
          state: 'lobby',
          joined: false,
        });
      expect((await room.visit('check', b)).state).toBe('lobby');
      await room.timePasses(REFORM_SECONDS);
      const order = [b, newcomer, a, c];
      expect(await draws(room, order)).toBe(4);
      expect((await room.look()).line).toEqual(inOrder(order));
    },
  );

  test('puts a person who was in it but not in the drawn order in line with their next status request', async () => {
    const { room, a, b, c, at } = await waiting();
    await room.goesOn(LOBBY_SECONDS, [a, b, c]);
    await draws(room, [a, b]);
    await room.goesOn(1, [a, b, c]);
    await room.flush();
    expect(await room.visit('status', c, `T${at}:0`)).toMatchObject({ state: 'waiting', joined: true });
  });
});

onEachRedis('the draw', ({ open }) => {
  test('leaves out nobody in the lobby: people missing from its order stand behind everybody', async () => {
    const room = open({ threshold: 1 });
    setLobby(room);
    const [a, b, c] = people(3) as Three;
    await room.visitAll('check', [c, a, b]);
    await room.goesOn(LOBBY_SECONDS, [a, b, c]);
    expect(await room.commands.close(room.eventId)).toBe('drawing');
    const late = people(1)[0] as string;
    expect((await room.visit('check', late)).sequence).toBe(4);
    await draws(room, [b, a]);
    const { line, lobby } = await room.look();
    expect([lobby, line.map(({ userId }) => userId)]).toEqual([[], [b, a, late, c]]);
    expect(new Set(line.map(({ sequence }) => sequence)).size).toBe(4);
  });
});

describe.runIf(canBreakRedis())('the draw on a Redis of its own', () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startTestRedis({ own: true });
  });
  afterAll(() => server.close());

  test('places the drawn people before a later crowd without a command for each of the crowd', async () => {
    const redis = new Redis({ host: server.host, port: server.port });
    try {
      const room = openWaitingRoom(redis, { threshold: 1 });
      setLobby(room);
      const [drawn, late] = [people(3), people(2_500)];
      await room.visitAll('check', drawn);
      await room.goesOn(LOBBY_SECONDS, drawn);
      await room.visitAll('check', late);
      const { commands, eventId } = room;
      await commands.load(eventId, 1, drawn);
      await redis.config('RESETSTAT');
      expect(await commands.draw(eventId)).toBe(3);
      const stats = await redis.info('commandstats');
      const calls = [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      expect(calls).toBeGreaterThan(0);
      expect(calls).toBeLessThan(100);
      expect((await room.look()).line).toEqual(inOrder([...drawn, ...late]));
    } finally {
      redis.disconnect();
    }
  });
});
