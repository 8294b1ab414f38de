import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTiketiClient, verifyLotteryPlace } from '../../../../src/client/index.ts';
import { createDatabase, type Db } from '../../../../src/database/database.ts';
import { createMockRedis } from '../../../../src/embedded/redis/mock-redis.ts';
import { unpackUuid } from '../../../../src/lib/uuid.ts';
import { Lottery, type LotteryCommands } from '../../../../src/waiting-room/lottery/lottery.ts';
import { createQueueCommands, KEYS } from '../../../../src/waiting-room/redis/commands.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/database.ts';
import { seedEvent } from '../../../support/events.ts';
import { startTestRedis, type TestRedis } from '../../../support/redis/redis.ts';
import { startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

let database: TestDatabase;
let server: TestRedis;
const pools: Db[] = [];
const clients: Redis[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startTestRedis();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()));
  for (const client of clients) client.disconnect();
  await database.drop();
  await server.close();
});

const settings = {
  threshold: 0,
  insideTtlSeconds: 300,
  waitingTtlSeconds: 300,
  tickMs: 1_000,
  reformSeconds: 10,
  freePlaceOn: 'none',
} as const;
const people = (count: number) => Array.from({ length: count }, () => randomUUID() as string);

/** An event whose lobby is open by the clock of its Redis, until `start`. PostgreSQL's clock is past the start. */
async function openLobby({ connect = () => server.client.duplicate() }: { connect?: () => Redis } = {}) {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const { eventId } = await seedEvent(database.db);
  const event = database.db.selectFrom('events').select('sale_start_date').where('id', '=', eventId);
  const startsAt = Date.parse((await event.executeTakeFirstOrThrow()).sale_start_date);
  const seed = randomBytes(32);
  await database.db.insertInto('queue_settings').values({ event_id: eventId, lobby_minutes: 30 }).execute();
  await database.db.insertInto('queue_lotteries').values({ event_id: eventId, seed }).execute();
  let sinceStart = -5_000;
  const room = {
    threshold: 0,
    drainPerSecond: undefined,
    paused: false,
    lobbyOpensAt: startsAt - 30 * 60_000,
    startsAt,
    drawn: false,
    clearedAt: undefined,
  };
  const client = () => {
    const redis = connect();
    clients.push(redis);
    return redis;
  };
  const commandsOver = (redis: Redis) =>
    createQueueCommands(redis, prefix, {
      settings,
      roomOf: () => room,
      shiftMs: () => startsAt + sinceStart - Date.now(),
    });
  const redis = client();
  const commands = commandsOver(redis);
  const key = (name: (typeof KEYS)[number]) => `${prefix}:{${eventId}}:${name}`;

  return {
    eventId,
    seed,
    commands,
    start() {
      sinceStart = 5_000;
    },
    /** All that a loss of Redis may take: whoever wants to be back is. */
    reformed() {
      sinceStart += settings.reformSeconds * 1_000 + 1_000;
    },
    /** As every instance reads it in PostgreSQL, a moment after. */
    async hears() {
      const { drawn_at } = await this.stored();
      room.drawn = drawn_at !== null;
    },
    /** Another process, as far as Redis and PostgreSQL can tell. */
    instance(around: (commands: LotteryCommands) => LotteryCommands = (own) => own) {
      const pool = createDatabase({ ...database.settings, poolSize: 4 }, () => {});
      pools.push(pool);
      return new Lottery(pool, around(commandsOver(client())));
    },
    async visit(userIds: string[], claims = new Map<string, string>()) {
      const standings = [];
      for (let from = 0; from < userIds.length; from += 1_000) {
        const some = userIds.slice(from, from + 1_000);
        const visitors = some.map((userId) => ({ userId, claim: claims.get(userId) }));
        standings.push(...(await commands.visit(eventId, 'check', visitors)).standings);
      }
      return standings;
    },
    /** As a flush or a crash of Redis would. */
    loseRedis: () => redis.del(...KEYS.map(key)),
    exists: (name: (typeof KEYS)[number]) => redis.exists(key(name)),
    /** Sequence numbers by user, the first in line first. */
    async line() {
      const scores = await redis.zrange(key('waiting'), '0', '-1', 'WITHSCORES');
      return new Map(
        Array.from({ length: scores.length / 2 }, (_, index) => [
          unpackUuid(scores[index * 2] as string),
          Math.floor(Number(scores[index * 2 + 1]) / 2 ** 22),
        ]),
      );
    },
    stored: () =>
      database.db
        .selectFrom('queue_lotteries')
        .select(['drawn_at', 'entries', 'user_ids'])
        .where('event_id', '=', eventId)
        .executeTakeFirstOrThrow(),
  };
}

/** As the document says it, by other means than the service. */
function expected(seed: Buffer, userIds: string[]): [string, number][] {
  return userIds
    .map((userId) => ({ userId, lot: createHmac('sha256', seed).update(userId).digest() }))
    .sort((one, other) => Buffer.compare(one.lot, other.lot))
    .map(({ userId }, index) => [userId, index + 1]);
}

/** Commands that are told of each step before and after it. */
function watched(commands: LotteryCommands, step: (when: 'before' | 'after', what: string) => Promise<void>) {
  const around = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    await step('before', what);
    const result = await work();
    await step('after', what);
    return result;
  };
  return {
    close: (eventId) => around('close', () => commands.close(eventId)),
    async *lobby(eventId) {
      for await (const part of commands.lobby(eventId)) {
        await around('read', async () => {});
        yield part;
      }
    },
    load: (...args) => around('load', () => commands.load(...args)),
    draw: (eventId) => around('draw', () => commands.draw(eventId)),
  } satisfies LotteryCommands;
}

/** Ends the connection of whoever is in the middle of a draw, as a failover of PostgreSQL would; his lock is free then. */
async function endConnections(): Promise<void> {
  const { rows } = await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle in transaction'`.execute(database.db);
  expect(rows).toHaveLength(1);
}

describe('the lottery', () => {
  test('draws once, however many instances are at it, and everybody can check it', async () => {
    const crowd = people(20_000);
    const lobby = await openLobby();
    await lobby.visit(crowd);
    lobby.start();
    const placed: number[] = [];
    const counted = (commands: LotteryCommands): LotteryCommands => ({
      ...commands,
      async draw(eventId) {
        const count = await commands.draw(eventId);
        placed.push(count);
        return count;
      },
    });
    const instances = [lobby.instance(counted), lobby.instance(counted), lobby.instance(counted)];
    const drew: boolean[] = [];
    for (let round = 0; round < 3; round++)
      drew.push(...(await Promise.all(instances.map((each) => each.drawIfDue(lobby.eventId)))));

    expect(drew.filter(Boolean)).toHaveLength(1);
    expect(placed.filter((count) => count > 0)).toEqual([crowd.length]);
    expect([...(await lobby.line())]).toEqual(expected(lobby.seed, crowd));
    expect(await lobby.exists('lobby')).toBe(0);
    expect(await lobby.exists('drawn')).toBe(0);

    const [lottery, order] = await Promise.all([
      instances[1]?.describe(lobby.eventId),
      instances[2]?.order(lobby.eventId),
    ]);
    expect(lottery).toMatchObject({ state: 'drawn', entries: crowd.length });
    for (const userId of crowd.slice(0, 20)) {
      const [standing] = await lobby.visit([userId]);
      const sequence = standing?.sequence ?? 0;
      expect(await instances[0]?.placeOf(lobby.eventId, userId)).toMatchObject({ sequence });
      const place = { userId, sequence, lottery: lottery as never, order: order as never };
      expect(await verifyLotteryPlace(place)).toMatchObject({ valid: true, problems: [] });
    }
    expect(await instances[0]?.placeOf(lobby.eventId, randomUUID())).toBeUndefined();
  });

  test('is left to the instance that is at it', async () => {
    const lobby = await openLobby();
    await lobby.visit(people(10));
    lobby.start();
    const idle = lobby.instance();
    const meanwhile: boolean[] = [];
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        if (when === 'before' && ['read', 'load', 'draw'].includes(what))
          meanwhile.push(await idle.drawIfDue(lobby.eventId));
      }),
    );
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    expect(meanwhile).toEqual([false, false, false]);
  });

  test('puts those who come too late behind, in the order in which they came', async () => {
    const [early, during, after] = [people(500), people(50), people(50)];
    const lobby = await openLobby();
    await lobby.visit(early);
    lobby.start();
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        if (when === 'before' && what === 'load') await lobby.visit(during);
      }),
    );
    const [tooLate] = await lobby.visit([randomUUID()]);
    expect(tooLate).toMatchObject({ state: 'waiting', sequence: early.length + 1 });
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    await lobby.visit(after);
    const line = [...(await lobby.line()).keys()];
    expect(line.slice(0, early.length)).toEqual(expected(lobby.seed, early).map(([userId]) => userId));
    expect(line.slice(early.length + 1)).toEqual([...during, ...after]);
  });

  test('has no place for those who left, and the others keep theirs', async () => {
    const crowd = people(300);
    const [early, unloaded, loaded] = crowd as [string, string, string];
    const lobby = await openLobby();
    await lobby.visit(crowd);
    await lobby.commands.leave(lobby.eventId, { userId: early });
    lobby.start();
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        const leaver = when === 'before' && { load: unloaded, draw: loaded }[what];
        if (leaver) await lobby.commands.leave(lobby.eventId, { userId: leaver });
      }),
    );
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    const drawn = expected(lobby.seed, crowd.slice(1));
    const left = drawn.filter(([userId]) => userId !== unloaded && userId !== loaded);
    expect([...(await lobby.line())]).toEqual(left);
    expect((await lobby.stored()).entries).toBe(drawn.length);
  });

  test('does nothing before the start', async () => {
    const lobby = await openLobby();
    const instance = lobby.instance();
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    await lobby.visit(people(3));
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    expect((await lobby.stored()).drawn_at).toBeNull();
    expect(await lobby.exists('lobby')).toBe(1);
  });

  test('of an empty lobby ends as well, once both clocks say so', async () => {
    const lobby = await openLobby();
    const saleStarts = (days: number) =>
      database.db
        .updateTable('events')
        .set({ sale_start_date: new Date(Date.now() + days * 86_400_000) })
        .where('id', '=', lobby.eventId)
        .execute();
    lobby.start();
    await saleStarts(1);
    await lobby.instance().drawIfDue(lobby.eventId);
    expect((await lobby.stored()).drawn_at).toBeNull();
    await saleStarts(-1);
    const instance = lobby.instance();
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    expect(await instance.describe(lobby.eventId)).toMatchObject({ state: 'drawn', entries: 0 });
    expect(await instance.order(lobby.eventId)).toMatchObject({ entries: 0, numbers: [] });
    expect(await lobby.visit(people(1))).toMatchObject([{ state: 'waiting', sequence: 1 }]);
  });

  test('is drawn in the Redis inside the process as well', async () => {
    const crowd = people(40);
    const lobby = await openLobby({ connect: createMockRedis });
    await lobby.visit(crowd);
    lobby.start();
    const late = people(3);
    await lobby.visit(late);
    expect(await lobby.instance().drawIfDue(lobby.eventId)).toBe(true);
    const line = [...expected(lobby.seed, crowd), ...late.map((userId, index) => [userId, 41 + index])];
    expect([...(await lobby.line())]).toEqual(line);
  });
});

describe('what is told of it', () => {
  test('is the hash of the seed before the draw, and the seed only after', async () => {
    const lobby = await openLobby();
    const { eventId } = lobby;
    const instance = lobby.instance();
    const seedHash = createHash('sha256').update(lobby.seed).digest('hex');
    const hidden = { eventId, seedHash, seed: null, drawnAt: null, entries: null };
    const now = Date.now();
    for (const [state, minutes] of [
      ['announced', 31],
      ['open', 29],
      ['drawing', -1],
    ] as const) {
      const drawsAt = new Date(now + minutes * 60_000);
      await database.db
        .updateTable('events')
        .set({ sale_start_date: drawsAt })
        .where('id', '=', eventId)
        .execute();
      const opensAt = new Date(drawsAt.getTime() - 30 * 60_000).toISOString();
      const told = { ...hidden, state, opensAt, drawsAt: drawsAt.toISOString() };
      expect(await instance.describe(eventId)).toEqual(told);
      await expect(instance.order(eventId)).rejects.toMatchObject({ code: 'LOTTERY_NOT_FOUND' });
    }
    expect(await instance.placeOf(eventId, randomUUID())).toBeUndefined();

    const crowd = people(10);
    await lobby.visit(crowd);
    lobby.start();
    await instance.drawIfDue(eventId);
    const seed = lobby.seed.toString('hex');
    expect(await lobby.instance().describe(eventId)).toMatchObject({
      state: 'drawn',
      seedHash,
      seed,
      entries: 10,
    });
    const numbers = expected(lobby.seed, crowd).map(([userId]) =>
      createHmac('sha256', lobby.seed).update(userId).digest('hex').slice(0, 16),
    );
    expect(await lobby.instance().order(eventId)).toEqual({ eventId, entries: 10, numbers });
  });

  test('is another one, with another seed, where the sale was put off after the draw and has a lobby again', async () => {
    const lobby = await openLobby();
    const { eventId } = lobby;
    const instance = lobby.instance();
    const [first] = people(1) as [string];
    await lobby.visit([first]);
    lobby.start();
    await instance.drawIfDue(eventId);
    expect(await instance.order(eventId)).toMatchObject({ entries: 1 });
    expect(await instance.placeOf(eventId, first)).toMatchObject({ sequence: 1 });
    await database.db
      .updateTable('queue_lotteries')
      .set({ seed: randomBytes(32), drawn_at: null, entries: null, user_ids: null })
      .where('event_id', '=', eventId)
      .execute();
    instance.forget(eventId);
    expect(await instance.describe(eventId)).toMatchObject({ seed: null, entries: null });
    await expect(instance.order(eventId)).rejects.toMatchObject({ code: 'LOTTERY_NOT_FOUND' });
    expect(await instance.placeOf(eventId, first)).toBeUndefined();
    // Its lobby is empty.
    await instance.drawIfDue(eventId);
    expect(await instance.describe(eventId)).toMatchObject({ state: 'drawn', entries: 0 });
  });

  test('is nothing where there is no lottery, or none any more', async () => {
    const lobby = await openLobby();
    const instance = lobby.instance();
    const notFound = { code: 'LOTTERY_NOT_FOUND' };
    await expect(instance.describe(randomUUID())).rejects.toMatchObject(notFound);
    await expect(instance.order(randomUUID())).rejects.toMatchObject(notFound);
    await database.db
      .updateTable('queue_settings')
      .set({ lobby_minutes: null })
      .where('event_id', '=', lobby.eventId)
      .execute();
    await expect(instance.describe(lobby.eventId)).rejects.toMatchObject(notFound);
  });
});

test('a sale with a lobby opens by itself on every instance, and each of its buyers can check his place', async () => {
  const service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '0', QUEUE_TICK_MS: '50' } });
  try {
    const { eventId } = await service.seedEvent({ saleStartsIn: 6 / 86_400, status: 'upcoming' });
    const settled = await service.app.inject({
      method: 'PATCH',
      url: `/api/v1/queue/admin/${eventId}`,
      headers: service.as(undefined, 'admin'),
      payload: { lobbyMinutes: 30 },
    });
    expect(settled.json()).toMatchObject({ lobbyMinutes: 30 });
    const clientOf = (userId: string, index: number) =>
      createTiketiClient({
        baseUrl: service.origins[index % 2] as string,
        token: service.token({ userId }),
      });
    const buyers = people(30).map((userId, index) => ({ userId, client: clientOf(userId, index) }));
    const [anyone] = buyers as [(typeof buyers)[number]];
    const { seedHash: noted, ...announced } = await anyone.client.getQueueLottery({ eventId });
    expect(announced).toMatchObject({ state: 'open', seed: null, entries: null });
    // The other instance hears of the lobby within a second.
    await eventually(async () => {
      for (const { client } of buyers)
        expect(await client.checkQueue({ eventId })).toMatchObject({
          queued: true,
          state: 'lobby',
          position: 0,
        });
    });

    const lottery = await eventually(
      async () => {
        const told = await anyone.client.getQueueLottery({ eventId });
        expect(told.state).toBe('drawn');
        return { ...told, seedHash: noted };
      },
      { timeout: 15_000 },
    );
    expect(lottery.entries).toBe(buyers.length);
    const order = await anyone.client.getQueueLotteryOrder({ eventId });
    const places: number[] = [];
    for (const { userId, client } of buyers) {
      const standing = await eventually(async () => {
        const told = await client.getQueueStatus({ eventId });
        expect(told.state).toBe('waiting');
        return told;
      });
      const sequence = standing.sequence ?? 0;
      expect(standing.position).toBe(sequence);
      expect(await verifyLotteryPlace({ userId, sequence, lottery, order })).toMatchObject({ valid: true });
      places.push(sequence);
    }
    expect(places.sort((one, other) => one - other)).toEqual(buyers.map((_, index) => index + 1));
    const late = clientOf(randomUUID(), 0);
    expect(await late.checkQueue({ eventId })).toMatchObject({ sequence: buyers.length + 1 });
  } finally {
    await service.stop();
  }
}, 40_000);

describe('whatever fails', () => {
  test('an instance that dies between any two steps leaves a draw that another one ends', async () => {
    const crowd = people(2_100);
    const steps: string[] = [];
    let died = true;
    for (let at = 0; died; at++) {
      const lobby = await openLobby();
      await lobby.visit(crowd);
      lobby.start();
      let count = 0;
      died = false;
      const dying = lobby.instance((commands) =>
        watched(commands, async (when, what) => {
          if (count++ !== at) return;
          died = true;
          steps.push(`${when} ${what}`);
          throw new Error('died');
        }),
      );
      const drew = await dying.drawIfDue(lobby.eventId).catch(() => 'died');
      expect(drew).toBe(died ? 'died' : true);
      const { user_ids } = await lobby.stored();
      const late = people(2);
      await lobby.visit(late);
      const others = [lobby.instance(), lobby.instance()];
      await Promise.all(others.map((each) => each.drawIfDue(lobby.eventId)));
      const line = [...expected(lobby.seed, crowd), ...late.map((userId, index) => [userId, 2_101 + index])];
      expect([...(await lobby.line())], steps.at(-1)).toEqual(line);
      if (user_ids) expect((await lobby.stored()).user_ids).toEqual(user_ids);
    }
    const once = (what: string) => [`before ${what}`, `after ${what}`];
    const twice = (what: string) => [...once(what), ...once(what)];
    const reads = steps.filter((step) => step.endsWith('read'));
    expect(reads.length).toBeGreaterThan(1);
    expect(steps).toEqual([
      ...twice('close'),
      ...reads,
      ...twice('close'),
      ...twice('load'),
      ...once('draw'),
    ]);
  }, 120_000);

  test.each(['read', 'load'])(
    'an instance that loses its connection at a %s, and its lock, and goes on beside another one, changes nothing',
    async (at) => {
      const crowd = people(12_000);
      const lobby = await openLobby();
      await lobby.visit(crowd);
      lobby.start();
      let reached = false;
      const stubborn = lobby.instance((commands) =>
        watched(commands, async (when, what) => {
          if (reached || when !== 'after' || what !== at) return;
          reached = true;
          await endConnections();
          expect(await lobby.instance().drawIfDue(lobby.eventId)).toBe(true);
          await lobby.visit(people(1));
        }),
      );
      expect(await stubborn.drawIfDue(lobby.eventId).catch(() => 'failed')).not.toBe(true);
      expect(reached).toBe(true);
      expect([...(await lobby.line())].slice(0, -1)).toEqual(expected(lobby.seed, crowd));
      expect(await lobby.exists('drawn')).toBe(0);
    },
  );

  test('a Redis that is lost once the order is stored gets no other one: each has the place that he drew', async () => {
    const crowd = people(6_000);
    const lobby = await openLobby();
    await lobby.visit(crowd);
    lobby.start();
    await lobby.visit(people(1));
    let lost = false;
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        if (lost || when !== 'after' || what !== 'load') return;
        lost = true;
        await lobby.loseRedis();
      }),
    );
    await instance.drawIfDue(lobby.eventId);
    expect(lost).toBe(true);
    await lobby.hears();
    const before = await lobby.stored();
    const newcomers = people(3);
    await lobby.visit(newcomers);
    for (const each of [instance, lobby.instance()]) await each.drawIfDue(lobby.eventId);
    expect(await lobby.stored()).toEqual(before);

    const claims = new Map<string, string>();
    const shuffled = crowd.toSorted();
    for (const userId of shuffled) {
      const place = await instance.placeOf(lobby.eventId, userId);
      claims.set(userId, `T${place?.at}:${place?.sequence}`);
    }
    await lobby.visit(shuffled, claims);
    const line = [...(await lobby.line())];
    expect(line.slice(0, crowd.length)).toEqual(expected(lobby.seed, crowd));
    expect(line.slice(crowd.length).map(([userId]) => userId)).toEqual(newcomers);
  });

  test('a Redis that is lost before every instance has heard of the order opens the lobby again, and the order holds', async () => {
    const [crowd, newcomers] = [people(2_500), people(3)];
    const lobby = await openLobby();
    await lobby.visit(crowd);
    lobby.start();
    let lost = false;
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        if (lost || when !== 'after' || what !== 'load') return;
        lost = true;
        await lobby.loseRedis();
      }),
    );
    await instance.drawIfDue(lobby.eventId);
    expect(lost).toBe(true);
    const { user_ids } = await lobby.stored();
    const standings = await lobby.visit([...newcomers, ...crowd.toSorted()]);
    expect(new Set(standings.map(({ state }) => state))).toEqual(new Set(['lobby']));
    await lobby.hears();
    lobby.reformed();
    for (const each of [instance, lobby.instance()]) await each.drawIfDue(lobby.eventId);
    expect((await lobby.stored()).user_ids).toEqual(user_ids);
    const line = [...(await lobby.line())];
    expect(line.slice(0, crowd.length)).toEqual(expected(lobby.seed, crowd));
    expect(new Set(line.slice(crowd.length).map(([userId]) => userId))).toEqual(new Set(newcomers));
  });

  test('a lobby that is lost while it is read is not drawn in part, but when its people are back', async () => {
    const crowd = people(12_000);
    const lobby = await openLobby();
    await lobby.visit(crowd);
    lobby.start();
    let lost = false;
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        if (lost || when !== 'after' || what !== 'read') return;
        lost = true;
        await lobby.loseRedis();
      }),
    );
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    expect(lost).toBe(true);
    expect((await lobby.stored()).drawn_at).toBeNull();
    await lobby.visit(crowd.toSorted());
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    lobby.reformed();
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    expect([...(await lobby.line())]).toEqual(expected(lobby.seed, crowd));
  });
});
