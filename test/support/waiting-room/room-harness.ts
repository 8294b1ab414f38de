import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { unpackUuid } from '../../../src/lib/uuid.ts';
import {
  type Commands,
  type CommandsOptions,
  createCommands,
} from '../../../src/waiting-room/redis/commands.ts';
import { KEYS } from '../../../src/waiting-room/redis/scripts.ts';
import type { Mode, RoomSettings, RoomState, Standing } from '../../../src/waiting-room/types.ts';
import { withVirtualClock } from '../redis/virtual-clock.ts';

/** Everything that Redis has of a room. Times and ends of keys in ms. */
const LOOK = `
  local ends = {}
  for index, key in ipairs(KEYS) do ends[index] = redis.call('PTTL', key) end
  local reply = {}
  for index = 1, 5 do reply[index] = redis.call('ZRANGE', KEYS[index], 0, -1, 'WITHSCORES') end
  reply[6] = ends
  reply[7] = tonumber(redis.call('HGET', KEYS[7], 'returned') or 0)
  return reply`;
const SEQUENCE = 2 ** 22;
/** In seconds. A longer silence is taken for a standstill. */
const BETWEEN_CONTACTS = 50;

interface Look {
  /** In order, with people who fell silent, until a sweep removes them. */
  line: { userId: string; sequence: number }[];
  inside: string[];
  lobby: string[];
  /** How many of those who were inside at the last loss have come back. */
  returned: number;
  /** The names of the keys that exist, each with the ms until its end, or -1 without an end. */
  ends: Record<string, number>;
}

type Visit = Standing & { room: RoomState };

export interface WaitingRoom {
  readonly eventId: string;
  /** Its settings. A test may change them, and they hold on all instances at once. */
  readonly rules: RoomSettings;
  /** Goes on with a room of a new event, on the same instances. */
  anew(rules: Partial<RoomSettings>): void;
  /** The virtual time in ms since 1970, which only `timePasses` moves. */
  now(): number;
  /** Moves the clock without a command in between. Keys that end by then are gone. */
  timePasses(seconds: number): Promise<void>;
  /** Moves the clock with ticks, and with contact of the people who are present. */
  goesOn(seconds: number, present?: string[]): Promise<void>;
  /** The commands of one more instance, which doesn't know the room yet. */
  instance(options?: InstanceOptions): Commands;
  /** The commands of the first instance. */
  commands: Commands;
  visit(mode: Mode, userId: string, claim?: string): Promise<Visit>;
  /** Everybody in this order, 200 in a command. */
  visitAll(mode: Mode, userIds: string[]): Promise<Standing[]>;
  look(): Promise<Look>;
  /** Removes the room's keys, as a flush does. */
  flush(): Promise<void>;
  /** @returns restores the room to the state of now */
  snapshot(): Promise<() => Promise<void>>;
}

export interface InstanceOptions {
  redis?: Redis | Cluster | undefined;
  snapshotOf?: CommandsOptions['snapshotOf'] | undefined;
  awayMs?: CommandsOptions['awayMs'] | undefined;
  /** For an instance that was started with another value. */
  insideTtlSeconds?: number | undefined;
  /** Changes the settings that this instance sees. */
  spoil?: ((rules: RoomSettings) => RoomSettings) | undefined;
}

export interface WaitingRoomOptions extends Partial<RoomSettings> {
  insideTtlSeconds?: number;
  reformSeconds?: number;
  tickMs?: number;
  eventId?: string;
  prefix?: string;
}

const ORDINARY: RoomSettings = {
  threshold: 2,
  drainPerSecond: undefined,
  paused: false,
  waitingTtlSeconds: 300,
  lobbyOpensAt: undefined,
  startsAt: undefined,
  drawn: false,
  clearedAt: undefined,
};

/** The waiting room of a new event on a virtual clock, with a look at its keys. */
export function openWaitingRoom(redis: Redis | Cluster, options: WaitingRoomOptions = {}): WaitingRoom {
  const { insideTtlSeconds = 300, reformSeconds = 10, tickMs = 0 } = options;
  const { eventId: first = randomUUID(), prefix = 'test', ...rest } = options;
  let eventId: string = first;
  let rules: RoomSettings = { ...ORDINARY, ...rest };
  const config = { insideTtlSeconds, reformSeconds, tickMs };
  // Early in a second, so that a drain's second doesn't end in the middle of a test.
  let now = Math.floor(Date.now() / 1_000) * 1_000 + 50;
  const keys = () => KEYS.map((name) => `${prefix}:{${eventId}}:${name}`);

  const instance = ({
    redis: other,
    snapshotOf,
    awayMs,
    spoil,
    insideTtlSeconds: its = insideTtlSeconds,
  }: InstanceOptions = {}) =>
    createCommands(
      withVirtualClock(other ?? redis, () => now),
      prefix,
      {
        config: { ...config, insideTtlSeconds: its },
        settingsOf: () => spoil?.(rules) ?? rules,
        ...(snapshotOf && { snapshotOf }),
        ...(awayMs && { awayMs }),
      },
    );
  const commands = instance();
  const read = async () => {
    const [waiting, inside, , , lobby, ends, returned] = (await redis.eval(LOOK, KEYS.length, ...keys())) as [
      string[],
      string[],
      string[],
      string[],
      string[],
      number[],
      number,
    ];
    return { waiting: pairs(waiting), inside: pairs(inside), lobby: pairs(lobby), ends, returned };
  };

  return {
    get eventId() {
      return eventId;
    },
    get rules() {
      return rules;
    },
    anew(others) {
      eventId = randomUUID();
      rules = { ...ORDINARY, ...others };
    },
    now: () => now,
    async timePasses(seconds) {
      now += seconds * 1_000;
      // Plain commands: a script takes a hundred times as long in the Redis inside the process.
      const ends = await Promise.all(keys().map((key) => redis.pttl(key)));
      await Promise.all(
        keys().map((key, index) => {
          const left = (ends[index] as number) - seconds * 1_000;
          if (ends[index] === -2) return undefined;
          return left > 0 ? redis.pexpire(key, left) : redis.del(key);
        }),
      );
    },
    async goesOn(seconds, present = []) {
      for (let left = seconds; left > 0; left -= BETWEEN_CONTACTS) {
        await this.timePasses(Math.min(left, BETWEEN_CONTACTS));
        if (present.length > 0) await this.visitAll('status', present);
        await commands.sweep(eventId);
      }
    },
    instance,
    commands,
    async visitAll(mode, userIds) {
      const found: Standing[] = [];
      for (let from = 0; from < userIds.length; from += 200) {
        const visitors = userIds.slice(from, from + 200).map((userId) => ({ userId }));
        found.push(...(await commands.visit(eventId, mode, visitors)).standings);
      }
      return found;
    },
    async visit(mode, userId, claim) {
      const { room, standings } = await commands.visit(eventId, mode, [{ userId, claim }]);
      return { room, ...(standings[0] as Standing) };
    },
    async look() {
      const { waiting, inside, lobby, ends, returned } = await read();
      return {
        line: waiting.map(([user, score]) => ({
          userId: unpackUuid(user),
          sequence: Math.floor(score / SEQUENCE),
        })),
        // The next command removes places that have ended.
        inside: inside.filter(([, until]) => until > now).map(([user]) => unpackUuid(user)),
        lobby: lobby.map(([user]) => unpackUuid(user)),
        returned,
        ends: Object.fromEntries(
          KEYS.flatMap((name, index) => (ends[index] === -2 ? [] : [[name, ends[index] as number]])),
        ),
      };
    },
    async flush() {
      await redis.del(...keys());
    },
    snapshot: () => snapshot(redis, keys(), () => now),
  };
}

async function snapshot(
  redis: Redis | Cluster,
  keys: string[],
  clock: () => number,
): Promise<() => Promise<void>> {
  const takenAt = clock();
  const contents = await Promise.all(
    keys.map(async (key, index) => {
      const isHash = KEYS[index] === 'state' || KEYS[index] === 'stats';
      const content = isHash
        ? await redis.hgetall(key)
        : pairs(await redis.zrange(key, '0', '-1', 'WITHSCORES'));
      return { key, content, ends: await redis.pttl(key) };
    }),
  );
  return async () => {
    await redis.del(...keys);
    for (const { key, content, ends } of contents) {
      const left = ends - (clock() - takenAt);
      if (left <= 0 || Object.keys(content).length === 0) continue;
      if (Array.isArray(content)) await redis.zadd(key, ...content.flatMap(([user, score]) => [score, user]));
      else await redis.hset(key, content);
      await redis.pexpire(key, left);
    }
  };
}

function pairs(flat: string[]): [string, number][] {
  const found: [string, number][] = [];
  for (let at = 0; at < flat.length; at += 2) found.push([flat[at] as string, Number(flat[at + 1])]);
  return found;
}
