import type { Redis } from 'ioredis';
import type { QueueSettings } from '../config.ts';
import { script } from '../scripts.ts';

export type State = 'inside' | 'waiting' | 'outside';

/** Where a user stands in the waiting room of an event. */
export interface Standing {
  state: State;
  /** From 1; 0 for those who don't wait. */
  position: number;
  queueSize: number;
  currentUsers: number;
  /** Seconds until one's turn; 0 for those who don't wait. */
  estimatedWait: number;
}

export interface Admission {
  queueSize: number;
  currentUsers: number;
  /**
   * `now`: the state differs from the last one that was announced, and this caller is the one to announce it. `later`: it
   * differs, but the last announcement was within this tick.
   */
  announce: 'no' | 'now' | 'later';
  admitted: string[];
}

export type QueueCommands = ReturnType<typeof createQueueCommands>;

const KEYS = ['waiting', 'active', 'seen', 'counters', 'rate'];
/** Admissions in one script, so that no other command of Redis waits longer than a few milliseconds. */
const ADMITTED_AT_ONCE = 1_000;
const MINIMUM_MEASURE_MS = 10_000;
const LONGEST_ESTIMATE_S = 86_400;

const ANNOUNCE = ['no', 'now', 'later'] as const;

type Reply = [State, number, number, number, number, number];

/** The verbs of the waiting room, each one script and one round trip; the rules are in `lua/`. */
export function createQueueCommands(redis: Redis, prefix: string, settings: QueueSettings) {
  const { threshold } = settings;
  const ttl = settings.ttlSeconds * 1_000;
  const load = <T>(name: string) =>
    script<T>(
      redis,
      `queue-${name}`,
      KEYS.length,
      new URL('./lua/library.lua', import.meta.url),
      new URL(`./lua/${name}.lua`, import.meta.url),
    );
  const scripts = {
    check: load<Reply>('check'),
    enter: load<[number, number, ...State[]]>('enter'),
    status: load<Reply>('status'),
    touch: load<number>('touch'),
    leave: load<number>('leave'),
    admit: load<[number, number, 0 | 1 | 2, ...string[]]>('admit'),
    overview: load<[number, number]>('overview'),
    clear: load<number>('clear'),
  };
  const common = (eventId: string) => [...KEYS.map((key) => `${prefix}:{${eventId}}:${key}`), threshold, ttl];

  /**
   * From the measured rate of admissions, once people have waited long enough to measure one; until then as if
   * everybody inside stayed for the whole time to live.
   */
  function estimate(position: number, admitted: number, overMs: number): number {
    const perMs = admitted > 0 && overMs >= MINIMUM_MEASURE_MS ? admitted / overMs : threshold / ttl;
    return Math.min(Math.ceil(position / perMs / 1_000) || 0, LONGEST_ESTIMATE_S);
  }

  function toStanding([state, position, queueSize, currentUsers, admitted, overMs]: Reply): Standing {
    return { state, position, queueSize, currentUsers, estimatedWait: estimate(position, admitted, overMs) };
  }

  return {
    threshold,
    /** Enters where there is room and no line, else takes a place in line. Finds who has a place already. */
    check: async (eventId: string, userId: string) =>
      toStanding(await scripts.check(...common(eventId), userId)),
    /** Lets in who is inside already or may enter because nobody waits; leaves the others where they are. */
    enter: async (eventId: string, userIds: string[]) => {
      const [queueSize, currentUsers, ...states] = await scripts.enter(...common(eventId), ...userIds);
      return { queueSize, currentUsers, states };
    },
    status: async (eventId: string, userId: string) =>
      toStanding(await scripts.status(...common(eventId), userId)),
    /** Contact of many users at once. */
    touch: (eventId: string, userIds: string[]) => scripts.touch(...common(eventId), ...userIds),
    /** @returns whether there was a place to give up */
    leave: async (eventId: string, userId: string) => (await scripts.leave(...common(eventId), userId)) > 0,
    admit: async (eventId: string): Promise<Admission> => {
      const [queueSize, currentUsers, announce, ...admitted] = await scripts.admit(
        ...common(eventId),
        ADMITTED_AT_ONCE,
        settings.tickMs,
      );
      return { queueSize, currentUsers, announce: ANNOUNCE[announce], admitted };
    },
    overview: async (eventId: string) => {
      const [queueSize, currentUsers] = await scripts.overview(...common(eventId));
      return { queueSize, currentUsers };
    },
    clear: (eventId: string) => scripts.clear(...common(eventId)),
  };
}
