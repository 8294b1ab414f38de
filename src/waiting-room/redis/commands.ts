import type { QueueSettings } from '../../config/config.ts';
import type { RoomSnapshot } from '../../database/schema.ts';
import type { RedisClient } from '../../lib/redis-client.ts';
import { packUuid, unpackUuid } from '../../lib/uuid.ts';
import { type Evidence, KnownRooms } from '../recovery/known-rooms.ts';
import type { Counts, Mode, Phase, RoomSettings, RoomState } from '../types.ts';
import {
  type Admission,
  added,
  type Reply,
  toAdmission,
  toRoomState,
  toStandings,
  toTally,
  type Visits,
} from './replies.ts';
import { type Argument, KEYS, loadScripts, type Verb } from './scripts.ts';

export interface Visitor {
  userId: string;
  /** What they had before a loss, in the form of `scripts/parts/claim.lua`; `?` for a proof that is not verified yet. */
  claim?: string | undefined;
}

export interface CommandsOptions {
  config: Pick<QueueSettings, 'insideTtlSeconds' | 'tickMs' | 'reformSeconds'>;
  settingsOf(eventId: string): RoomSettings;
  /** What other instances knew of a room, for an instance that has just started. */
  snapshotOf?(eventId: string): RoomSnapshot | undefined;
  /** ms for which this instance could not reach Redis, in total. */
  awayMs?(): number;
}

/** No room began at 0, so the script has nothing to compare with. */
const NOTHING: Argument[] = [0, 0, 0, 0, 0, 0];

function toArguments(evidence: Evidence | undefined): Argument[] {
  if (!evidence) return NOTHING;
  const { born, kept, seq, inside, line } = evidence.room;
  return [born, kept, seq, inside, Number(line), Math.round(evidence.until)];
}

type Observer = (eventId: string, room: RoomState) => void;

export type Commands = ReturnType<typeof createCommands>;

/** The event is the hash tag, so that a cluster keeps the keys of an event together. */
export const roomKey = (prefix: string, eventId: string, name: (typeof KEYS)[number]) =>
  `${prefix}:{${eventId}}:${name}`;

/** In one script, so that no other command of Redis waits longer than a few milliseconds. */
const ADMITTED_AT_ONCE = 1_000;
/** Places in line that one call of `sweep` looks at. */
export const SWEPT_AT_ONCE = 5_000;
const READ_AT_ONCE = 2_000;

/**
 * The verbs of the waiting room. Each is one script and one round trip; the rules are in `scripts/`. Every command carries what this
 * instance last heard of the room. That is how the scripts notice that Redis has lost it.
 */
export function createCommands(redis: RedisClient, prefix: string, options: CommandsOptions) {
  const { config, settingsOf, snapshotOf = () => undefined, awayMs = () => 0 } = options;
  const insideTtl = config.insideTtlSeconds * 1_000;
  const scripts = loadScripts(redis);
  const observers: Observer[] = [];

  const keyOf = (eventId: string, name: (typeof KEYS)[number]) => roomKey(prefix, eventId, name);

  const longestTtl = (eventId: string) => Math.max(insideTtl, settingsOf(eventId).waitingTtlSeconds * 1_000);

  const known = new KnownRooms({ longestTtl, snapshotOf, awayMs });

  /** As listed in `scripts/parts/arguments.lua`. */
  function commonArguments(eventId: string): Argument[] {
    const settings = settingsOf(eventId);
    const waitingTtl = settings.waitingTtlSeconds * 1_000;
    return [
      ...KEYS.map((name) => keyOf(eventId, name)),
      settings.threshold,
      insideTtl,
      waitingTtl,
      Number(settings.paused),
      settings.drainPerSecond ?? 0,
      settings.lobbyOpensAt ?? 0,
      (settings.lobbyOpensAt && settings.startsAt) ?? 0,
      config.reformSeconds * 1_000,
      Math.max(Math.min(insideTtl, waitingTtl) / 4, 3 * config.tickMs),
      Number(settings.drawn),
    ];
  }

  async function run(verb: Verb, eventId: string, ...args: Argument[]): Promise<[RoomState, Reply]> {
    // Read before the script is sent: the setting may change before its answer comes.
    const ttl = longestTtl(eventId);
    const { own, heard } = known.evidenceOf(eventId);
    const evidence = [...toArguments(own), ...toArguments(heard)];
    const reply = await scripts[verb](...commonArguments(eventId), ...evidence, ...args);
    const room = toRoomState(reply);
    const { born, kept, seq, inside, queueSize } = room;
    const found = born === 0 ? null : { born, kept, seq, inside, line: queueSize > 0, ttl };
    known.remember(eventId, found, heard?.room);
    for (const observe of observers) observe(eventId, room);
    return [room, reply];
  }

  return {
    /** What the last command of this instance returned of a room. */
    known: (eventId: string): RoomSnapshot | undefined => known.own(eventId),

    /** What to tell other instances of a room. `undefined` if it is over. */
    latest: (eventId: string): RoomSnapshot | undefined => known.latest(eventId),

    /** The events of which there is something to tell. */
    eventsKnown: (): string[] => known.events(),

    /** Takes what another instance told of a room. @returns whether it contradicts what this instance knows */
    hear: (eventId: string, room: RoomSnapshot): boolean => known.hear(eventId, room),

    /** The observer gets the state of a room each time a command has returned it. */
    onRoomState(observer: Observer): void {
      observers.push(observer);
    },

    /** Contact of many users at once. Renews the places that they have. */
    async visit(eventId: string, mode: Mode, visitors: Visitor[]): Promise<Visits> {
      const people = visitors.flatMap(({ userId, claim = '' }) => [packUuid(userId), claim]);
      const [room, reply] = await run('visit', eventId, mode, ...people);
      return { room, standings: toStandings(reply) };
    },

    /** @returns what the user gave up */
    async leave(eventId: string, { userId, claim = '' }: Visitor, onlyInside = false) {
      const [room, reply] = await run('leave', eventId, packUuid(userId), claim, Number(onlyInside));
      return { room, had: added<'inside' | 'waiting' | 'lobby' | 'nothing'>(reply) };
    },

    /** Moves the head of the line inside, as far as there is room. */
    async admit(eventId: string): Promise<Admission> {
      const [room, reply] = await run('admit', eventId, ADMITTED_AT_ONCE, config.tickMs);
      return toAdmission(reply, room);
    },

    /** Removes silent users from the line, a part of it at a time. */
    async sweep(eventId: string): Promise<{ room: RoomState; more: boolean }> {
      const [room, reply] = await run('sweep', eventId, SWEPT_AT_ONCE);
      return { room, more: added(reply) === 1 };
    },

    async overview(eventId: string): Promise<Counts> {
      const [room, reply] = await run('overview', eventId);
      return { room, lobbySize: added(reply), silentSize: added(reply, 1), tally: toTally(reply) };
    },

    /** @returns how many users had a place */
    async clear(eventId: string): Promise<{ room: RoomState; people: number }> {
      const [room, reply] = await run('clear', eventId);
      return { room, people: added(reply) };
    },

    /** Closes the lobby when its time is over. */
    async close(eventId: string): Promise<Phase> {
      const [{ phase }] = await run('close', eventId);
      return phase;
    },

    /** Reads the users in the lobby in parts, each user once. Users who stay in it from beginning to end are among them. */
    async *lobby(eventId: string): AsyncGenerator<string[]> {
      const seen = new Set<string>();
      let cursor = '0';
      do {
        const [next, found] = await redis.zscan(keyOf(eventId, 'lobby'), cursor, 'COUNT', READ_AT_ONCE);
        const users = found.filter((user, index) => index % 2 === 0 && !seen.has(user));
        for (const user of users) seen.add(user);
        if (users.length > 0) yield users.map(unpackUuid);
        cursor = next;
      } while (cursor !== '0');
    },

    /** Writes a part of the order drawn. It has no effect before `draw`. */
    async load(eventId: string, firstRank: number, userIds: string[]): Promise<void> {
      await run('load', eventId, firstRank, ...userIds.map(packUuid));
    },

    /** @returns how many users were placed; 0 where it was done before */
    async draw(eventId: string): Promise<number> {
      const [, reply] = await run('draw', eventId);
      return added<number>(reply);
    },
  };
}
