import { createHmac, createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { createDatabase, type Db } from '../../../src/database/database.ts';
import { unpackUuid } from '../../../src/lib/uuid.ts';
import { Lottery, type LotteryCommands } from '../../../src/waiting-room/lottery/lottery.ts';
import { createCommands } from '../../../src/waiting-room/redis/commands.ts';
import { KEYS } from '../../../src/waiting-room/redis/scripts.ts';
import { createTestDatabase } from '../database.ts';
import { seedEvent } from '../events.ts';
import { startTestRedis } from '../redis/redis.ts';
import { withVirtualClock } from '../redis/virtual-clock.ts';

const settings = { insideTtlSeconds: 300, tickMs: 1_000, reformSeconds: 10 };

export type LotteryBackends = Awaited<ReturnType<typeof startLotteryBackends>>;
export type Lobby = Awaited<ReturnType<LotteryBackends['openLobby']>>;

export const people = (count: number) => Array.from({ length: count }, () => randomUUID() as string);

/** A PostgreSQL and a Redis for lotteries, without the service around them. */
export async function startLotteryBackends() {
  const database = await createTestDatabase();
  const server = await startTestRedis();
  const pools: Db[] = [];
  const clients: Redis[] = [];

  /** Opens the lobby of a new event by the clock of its Redis, until `start`. PostgreSQL's clock is past the start. */
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
      waitingTtlSeconds: 300,
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
      createCommands(
        withVirtualClock(redis, () => startsAt + sinceStart),
        prefix,
        { config: settings, settingsOf: () => room },
      );
    const redis = client();
    const commands = commandsOver(redis);
    const key = (name: (typeof KEYS)[number]) => `${prefix}:{${eventId}}:${name}`;

    return {
      eventId,
      seed,
      commands,
      /** Moves the clock of Redis past the start of the sale. */
      start() {
        sinceStart = 5_000;
      },
      /** Moves the clock of Redis past the time in which a lost room forms again. */
      reformed() {
        sinceStart += settings.reformSeconds * 1_000 + 1_000;
      },
      /** Reads from PostgreSQL that the lottery is drawn, as every instance does a moment after the draw. */
      async hears() {
        const { drawn_at } = await this.stored();
        room.drawn = drawn_at !== null;
      },
      /** An instance with connections of its own, as another process would have. */
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
      /** Removes the room's keys, as a flush or a crash of Redis does. */
      loseRedis: () => redis.del(...KEYS.map(key)),
      exists: (name: (typeof KEYS)[number]) => redis.exists(key(name)),
      /** The sequence of each user in line, the head first. */
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

  /** Ends the connection that is in the middle of a draw, as a failover of PostgreSQL does. Its lock is free when this resolves. */
  async function endDrawingConnection(): Promise<void> {
    const { rows } = await sql`
      SELECT pg_terminate_backend(pid, 5000) AS has_ended FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'idle in transaction'`.execute(database.db);
    expect(rows).toEqual([{ has_ended: true }]);
  }

  return {
    db: database.db,
    openLobby,
    endDrawingConnection,
    async stop() {
      await Promise.all(pools.map((pool) => pool.destroy()));
      for (const client of clients) client.disconnect();
      await database.drop();
      await server.close();
    },
  };
}

/** The drawn order as the documentation defines it, computed by other means than the service's. */
export function expectedOrder(seed: Buffer, userIds: string[]): [string, number][] {
  // With the bytes themselves, each takes five times as long.
  const key = createSecretKey(seed);
  return userIds
    .map((userId) => ({ userId, lot: createHmac('sha256', key).update(userId).digest() }))
    .sort((one, other) => Buffer.compare(one.lot, other.lot))
    .map(({ userId }, index) => [userId, index + 1]);
}

/** Commands that report each step before and after it. */
export function watched(
  commands: LotteryCommands,
  step: (when: 'before' | 'after', what: string) => Promise<void>,
) {
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

/** An instance that draws, and loses Redis once, right after its first `step`. */
export function instanceLosingRedisAfter(lobby: Lobby, step: 'read' | 'load') {
  let isLost = false;
  const instance = lobby.instance((commands) =>
    watched(commands, async (when, what) => {
      if (isLost || when !== 'after' || what !== step) return;
      isLost = true;
      await lobby.loseRedis();
    }),
  );
  return { instance, isLost: () => isLost };
}
