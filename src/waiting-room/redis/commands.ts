import type { Cluster, Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { QueueSettings } from '../../config/config.ts';
import { script } from '../../lib/lua-script.ts';
import { packUuid, unpackUuid } from '../../lib/uuid.ts';
import type { SeenRoom } from '../recovery/room-snapshots.ts';
import type { RoomSettings } from '../settings/room-settings.ts';

export type State = 'inside' | 'waiting' | 'lobby' | 'outside';
/** `early`: the lobby isn't open yet; `lobby`: it is; `drawing`: it is closed, and its lot not drawn yet. */
export type Phase = 'early' | 'lobby' | 'drawing' | 'open';
/** `status`: no more than contact; `enter`: goes in if nobody waits; `check`: the same, else takes a place in line. */
export type Mode = 'status' | 'enter' | 'check';

/** The waiting room of an event at one moment, by the clock of Redis. */
export interface Room {
  /** When it began, in ms: its identity. 0: there is none. */
  born: number;
  /** When its keys were given an end the last time. */
  kept: number;
  /** The last sequence number given. */
  seq: number;
  /** In line, or in the lobby while there is one. */
  queueSize: number;
  currentUsers: number;
  /** Whoever has a higher sequence number is still waiting: his position is about the difference. */
  servedSeq: number;
  now: number;
  /** When it was found that Redis had lost this room, or that it stood still; 0: never, or so long ago that nobody can claim anything. */
  reborn: number;
  /** This very call found that out. */
  reformed: boolean;
  phase: Phase;
}

/** Where a user stands in the waiting room of an event. */
export interface Standing {
  /** `claim`: he has to show what he was given before a loss. */
  state: State | 'claim';
  /** 0 for those who don't wait. */
  sequence: number;
  /** From 1; for somebody outside the one that he would get; 0 for all others. */
  position: number;
  /** Seconds until one's turn, or until the lot is drawn. */
  estimatedWait: number;
  estimatedWaitRange: { min: number; max: number };
  /** Let in from the line, and the entry is not used yet. */
  called: boolean;
  /** Took a place in line, or in the lobby, by this call. */
  joined: boolean;
  /** Came back by what he was given before a loss. */
  restored: boolean;
}

export interface Visitor {
  userId: string;
  /** What he was given before a loss, see `place-tokens.ts`; `?` where that was not looked at yet. */
  claim?: string | undefined;
}

export interface Admitted {
  userId: string;
  /** Where it is known. */
  waitedMs: number | undefined;
  /** Seconds that he was told to wait when he came; where it was noted. */
  told: number | undefined;
}

export interface Admission {
  room: Room;
  /**
   * `now`: the state differs from the last one that was announced, and this caller is the one to announce it. `later`: it
   * differs, but the last announcement was within this tick.
   */
  announce: 'no' | 'now' | 'later';
  /** People at the head who had fallen silent. */
  abandoned: number;
  /** There is more to do at once. */
  more: boolean;
  /** How many were let in from the line, and haven't used it yet. */
  unused: number;
  admitted: Admitted[];
}

/** Of the last hour. */
export interface Tally {
  arrivals: number;
  admissions: number;
  abandonments: number;
  /** Seconds -> people. */
  waits: Map<number, number>;
  /** Hundredths of the time that was waited -> people. */
  errors: Map<number, number>;
}

export interface QueueCommandsOptions {
  settings: QueueSettings;
  roomOf(eventId: string): RoomSettings;
  /** What other instances knew of a room, for one that has just started. */
  lastSeen?(eventId: string): SeenRoom | undefined;
  /** Hears of a room whenever Redis says something of it. */
  saw?(eventId: string, room: Room): void;
  /** ms for which this instance could not reach Redis, all in all. */
  awayMs?(): number;
  /** ms to add to Redis' clock, for tests and simulations. */
  shiftMs?(): number;
}

type Known = Pick<Room, 'born' | 'kept' | 'seq' | 'queueSize' | 'currentUsers'> & {
  /** `awayMs` at that time. */
  away: number;
};
type Cells = [number, number, number, number, number, number, number, number, number, Phase];
type Reply<Rest extends unknown[]> = [...Cells, ...Rest];

export type QueueCommands = ReturnType<typeof createQueueCommands>;

/** Of one event, all on one node of a cluster. */
export const KEYS = ['waiting', 'active', 'called', 'lobby', 'drawn', 'counters', 'stats', 'marks'] as const;
const CELLS = 10;
const VISIT_CELLS = 7;
const CALLED_BIT = 1;
const JOINED_BIT = 2;
const RESTORED_BIT = 4;
/** In one script, so that no other command of Redis waits longer than a few milliseconds. */
const ADMITTED_AT_ONCE = 1_000;
/** Places in line that one call of `sweep` looks at. */
export const SWEPT_AT_ONCE = 5_000;
const READ_AT_ONCE = 2_000;
const ROOMS_KNOWN = 10_000;
/** The bins of waits grow by this factor, see `scripts/stats.lua`. */
const WAIT_BIN = 1.1;

const ANNOUNCE = ['no', 'now', 'later'] as const;

/**
 * The verbs of the waiting room, each one script and one round trip; the rules are in `scripts/`. With each of them goes what this
 * instance knew of the room when it heard of it last: a Redis that has lost the room is found out by that.
 */
export function createQueueCommands(redis: Redis | Cluster, prefix: string, options: QueueCommandsOptions) {
  const { settings, roomOf, awayMs = () => 0, shiftMs = () => 0 } = options;
  const insideTtl = settings.insideTtlSeconds * 1_000;
  const waitingTtl = settings.waitingTtlSeconds * 1_000;
  const stillMs = Math.max(Math.min(insideTtl, waitingTtl) / 4, 3 * settings.tickMs);
  const known = new LRUCache<string, Known>({ max: ROOMS_KNOWN });

  const load = <T>(name: string) =>
    script<T>(
      redis as Redis,
      `queue-${name}`,
      KEYS.length,
      ...['library', 'stats', name].map((part) => new URL(`./scripts/${part}.lua`, import.meta.url)),
    );
  const scripts = {
    visit: load<Reply<[number, ...(string | number)[]]>>('visit'),
    leave: load<Reply<['inside' | 'waiting' | 'lobby' | 'nothing']>>('leave'),
    admit: load<Reply<[0 | 1 | 2, number, 0 | 1, number, ...(string | number)[]]>>('admit'),
    sweep: load<Reply<[number, 0 | 1]>>('sweep'),
    overview: load<Reply<[number, ...(string | number)[]]>>('overview'),
    clear: load<Reply<[number]>>('clear'),
    close: load<Reply<[]>>('close'),
    load: load<Reply<[]>>('load'),
    draw: load<Reply<[number]>>('draw'),
  };
  const keyOf = (eventId: string, name: (typeof KEYS)[number]) => `${prefix}:{${eventId}}:${name}`;

  function common(eventId: string): (string | number)[] {
    const room = roomOf(eventId);
    const { born = 0, kept = 0, seq = 0, currentUsers = 0, queueSize = 0, away = 0 } = knownOf(eventId) ?? {};
    return [
      ...KEYS.map((name) => keyOf(eventId, name)),
      shiftMs(),
      room.threshold,
      insideTtl,
      waitingTtl,
      Number(room.paused),
      room.drainPerSecond ?? 0,
      room.lobbyOpensAt ?? 0,
      (room.lobbyOpensAt && room.startsAt) ?? 0,
      settings.reformSeconds * 1_000,
      born,
      kept,
      seq,
      currentUsers,
      queueSize > 0 ? 1 : 0,
      stillMs,
      Number(room.drawn),
      Math.round(awayMs() - away),
    ];
  }

  function knownOf(eventId: string): Known | undefined {
    const own = known.get(eventId);
    if (own) return own;
    const seen = options.lastSeen?.(eventId);
    return seen && { ...seen, currentUsers: seen.inside, queueSize: Number(seen.line), away: 0 };
  }

  function toRoom(eventId: string, cells: Cells): Room {
    const [born, kept, seq, queueSize, currentUsers, servedSeq, now, reborn, reformed, phase] = cells;
    if (born > 0) known.set(eventId, { born, kept, seq, queueSize, currentUsers, away: awayMs() });
    else known.delete(eventId);
    const room: Room = {
      born,
      kept,
      seq,
      queueSize,
      currentUsers,
      servedSeq,
      now,
      reborn,
      reformed: reformed === 1,
      phase,
    };
    options.saw?.(eventId, room);
    return room;
  }

  /** @returns the room, and what the script says beside it */
  async function run<Rest extends unknown[]>(
    run: (...args: (string | number)[]) => Promise<Reply<Rest>>,
    eventId: string,
    ...args: (string | number)[]
  ): Promise<[Room, Rest]> {
    const reply = await run(...common(eventId), ...args);
    return [
      toRoom(eventId, reply.slice(0, CELLS) as unknown as Cells),
      reply.slice(CELLS) as unknown as Rest,
    ];
  }

  return {
    /** What this instance knew when it heard of the room last. */
    known: (eventId: string): Readonly<Known> | undefined => known.peek(eventId),

    /** Contact of many users at once; renews the places that they have. */
    async visit(
      eventId: string,
      mode: Mode,
      visitors: Visitor[],
    ): Promise<{ room: Room; abandoned: number; standings: Standing[] }> {
      const people = visitors.flatMap(({ userId, claim = '' }) => [packUuid(userId), claim]);
      const [room, [abandoned, ...cells]] = await run(scripts.visit, eventId, mode, ...people);
      const standings = visitors.map((_, index) => toStanding(cells, index * VISIT_CELLS));
      return { room, abandoned, standings };
    },

    /** @returns what was given up */
    async leave(eventId: string, { userId, claim = '' }: Visitor, onlyInside = false) {
      const [room, [had]] = await run(scripts.leave, eventId, packUuid(userId), claim, Number(onlyInside));
      return { room, had };
    },

    /** Moves the head of the line inside, as far as there is room. */
    async admit(eventId: string): Promise<Admission> {
      const [room, [announce, abandoned, more, unused, ...cells]] = await run(
        scripts.admit,
        eventId,
        ADMITTED_AT_ONCE,
        settings.tickMs,
      );
      const admitted: Admitted[] = [];
      for (let at = 0; at < cells.length; at += 3) {
        const [user, waited, told] = cells.slice(at, at + 3) as [string, number, number];
        admitted.push({
          userId: unpackUuid(user),
          waitedMs: waited < 0 ? undefined : waited,
          told: told < 0 ? undefined : told,
        });
      }
      return { room, announce: ANNOUNCE[announce], abandoned, more: more === 1, unused, admitted };
    },

    /** Takes those who fell silent out of the line, a part of it at a time. */
    async sweep(eventId: string): Promise<{ room: Room; removed: number; more: boolean }> {
      const [room, [removed, more]] = await run(scripts.sweep, eventId, SWEPT_AT_ONCE);
      return { room, removed, more: more === 1 };
    },

    async overview(eventId: string): Promise<{ room: Room; lobbySize: number; tally: Tally }> {
      const [room, [lobbySize, ...pairs]] = await run(scripts.overview, eventId);
      return { room, lobbySize, tally: toTally(pairs) };
    },

    /** @returns how many had a place */
    async clear(eventId: string): Promise<{ room: Room; people: number }> {
      const [room, [people]] = await run(scripts.clear, eventId);
      return { room, people };
    },

    /** Closes the lobby when its time is over. */
    close: async (eventId: string): Promise<Phase> => (await run(scripts.close, eventId))[0].phase,

    /** Who is in the lobby, each once, a part at a time. Whoever is there all the while is among them. */
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

    /** Writes a part of the order that was drawn. Nobody sees it before `draw`. */
    async load(eventId: string, firstRank: number, userIds: string[]): Promise<void> {
      await run(scripts.load, eventId, firstRank, ...userIds.map(packUuid));
    },

    /** @returns how many were placed; 0 where it was done before */
    async draw(eventId: string): Promise<number> {
      const [, [placed]] = await run(scripts.draw, eventId);
      return placed;
    },
  };
}

function toStanding(cells: (string | number)[], at: number): Standing {
  const [state, sequence, position, estimatedWait, min, max, flags] = cells.slice(at, at + VISIT_CELLS) as [
    Standing['state'],
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    state,
    sequence,
    position,
    estimatedWait,
    estimatedWaitRange: { min, max },
    called: (flags & CALLED_BIT) !== 0,
    joined: (flags & JOINED_BIT) !== 0,
    restored: (flags & RESTORED_BIT) !== 0,
  };
}

function toTally(pairs: (string | number)[]): Tally {
  const tally: Tally = { arrivals: 0, admissions: 0, abandonments: 0, waits: new Map(), errors: new Map() };
  for (let at = 0; at < pairs.length; at += 2) {
    const [kind, bin] = String(pairs[at]).split(':') as [string, string?];
    const people = Number(pairs[at + 1]);
    if (kind === 'J') tally.arrivals = people;
    else if (kind === 'A') tally.admissions = people;
    else if (kind === 'L') tally.abandonments = people;
    else if (kind === 'w') tally.waits.set(WAIT_BIN ** (Number(bin) + 0.5) - 1, people);
    else tally.errors.set(Number(bin), people);
  }
  return tally;
}
