import { Redis } from 'ioredis';
import { loadConfig } from '../../../src/config/config.ts';
import type { RedisServer } from '../../../src/embedded/redis/redis.ts';
import { createCommands } from '../../../src/waiting-room/redis/commands.ts';
import type { Admission } from '../../../src/waiting-room/redis/replies.ts';
import { withVirtualClock } from '../../support/redis/virtual-clock.ts';
import { userIdOf } from '../people.ts';

/** Users in one command, as in a burst at one instance. */
const AT_ONCE = 1_000;

export interface Line {
  redis: Redis;
  /** The first users of an event go inside, as many as this, and the others wait: user number `threshold` is the head of the line. */
  threshold: number;
  /** Lets users come one after the other until this many wait. */
  fill(eventId: string, waiting: number, options?: { atOnce?: number; overMs?: number }): Promise<void>;
  /** Lets one more user come. */
  arrive(eventId: string): Promise<void>;
  /** Raises the threshold by `more`, and lets them in. */
  admit(eventId: string, more: number): Promise<Admission>;
  close(): void;
}

/**
 * The waiting room without the service around it, with the same commands and settings.
 *
 * @param environment as the service's
 * @param movesTime for `overMs`; without it the scripts run as in the service
 */
export function openLine(
  { host, port }: RedisServer,
  prefix: string,
  environment: Record<string, string>,
  { movesTime = false } = {},
): Line {
  const redis = new Redis({ host, port });
  const { queue: settings } = loadConfig({ JWT_SECRET: 'unused here, but required', ...environment });
  let { threshold } = settings;
  let shift = 0;
  const commands = createCommands(
    movesTime ? withVirtualClock(redis, () => Date.now() + shift) : redis,
    prefix,
    {
      config: settings,
      settingsOf: () => ({
        threshold,
        drainPerSecond: undefined,
        paused: false,
        lobbyOpensAt: undefined,
        startsAt: undefined,
        drawn: false,
        waitingTtlSeconds: settings.waitingTtlSeconds,
        clearedAt: undefined,
      }),
    },
  );
  /** Users who have come so far, by event. */
  const arrivals = new Map<string, number>();

  async function arrive(eventId: string, count: number): Promise<void> {
    const first = arrivals.get(eventId) ?? 0;
    arrivals.set(eventId, first + count);
    const visitors = Array.from({ length: count }, (_, index) => ({ userId: userIdOf(first + index) }));
    await commands.visit(eventId, 'check', visitors);
  }

  return {
    redis,
    threshold,
    async fill(eventId, waiting, { atOnce = AT_ONCE, overMs = 0 } = {}) {
      const people = settings.threshold + waiting;
      for (let done = 0; done < people; done += atOnce) {
        await arrive(eventId, Math.min(atOnce, people - done));
        shift += (overMs * atOnce) / people;
      }
    },
    arrive: (eventId) => arrive(eventId, 1),
    admit(eventId, more) {
      threshold += more;
      return commands.admit(eventId);
    },
    close: () => redis.disconnect(),
  };
}
