import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import { script } from '../lib/lua-script.ts';
import type { Announcements, RealtimeServer } from './announcements.ts';
import { eventRoom } from './socket-rooms.ts';

/** Joins and leaves within this time are told once. In a rush, each one would otherwise be told to every socket on the page. */
const TOGETHER_MS = 100;
const REPORT_EVERY_MS = 3_000;
/** How long the sockets of a killed instance still count. */
const REPORT_LIVES_S = 10;

/**
 * Counts the sockets on the page of an event over all instances, and tells them the number. Each instance reports its own; the
 * report of a killed instance expires.
 */
export class Audience {
  readonly #instance = randomUUID();
  readonly #changed = new Set<string>();
  readonly #told = new Map<string, number>();
  readonly #io: RealtimeServer;
  readonly #announcements: Announcements;
  readonly #prefix: string;
  readonly #log: FastifyBaseLogger;
  readonly #report: (...args: (string | number)[]) => Promise<number>;
  readonly #refreshing: NodeJS.Timeout;
  #telling: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    io: RealtimeServer,
    announcements: Announcements,
    redis: Redis,
    prefix: string,
    log: FastifyBaseLogger,
  ) {
    this.#io = io;
    this.#announcements = announcements;
    this.#prefix = prefix;
    this.#log = log;
    this.#report = script<number>(redis, 'audience', 1, new URL('./lua/audience.lua', import.meta.url));
    this.#refreshing = setInterval(() => this.#refresh(), REPORT_EVERY_MS);
  }

  /** Call it when a socket joins or leaves the page of the event. */
  changed(eventId: string): void {
    if (this.#closed) return;
    this.#changed.add(eventId);
    this.#telling ??= setTimeout(() => this.#tell(), TOGETHER_MS);
  }

  /** Withdraws this instance's reports and tells the sockets of other instances. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#refreshing);
    clearTimeout(this.#telling);
    const leave = async (eventId: string) => {
      const userCount = await this.#count(eventId, 0);
      this.#announcements.roomInfo({ eventId, userCount });
    };
    await Promise.all([...this.#told.keys()].map(leave));
  }

  #tell(): void {
    this.#telling = undefined;
    const events = [...this.#changed];
    this.#changed.clear();
    for (const eventId of events) void this.#update(eventId, true);
  }

  #refresh(): void {
    for (const eventId of this.#told.keys()) void this.#update(eventId, false);
  }

  async #update(eventId: string, always: boolean): Promise<void> {
    const here = this.#io.sockets.adapter.rooms.get(eventRoom(eventId))?.size ?? 0;
    const userCount = await this.#count(eventId, here);
    if (this.#closed) return;
    if (always || this.#told.get(eventId) !== userCount) this.#announcements.roomInfo({ eventId, userCount });
    if (here > 0) this.#told.set(eventId, userCount);
    else this.#told.delete(eventId);
  }

  async #count(eventId: string, here: number): Promise<number> {
    try {
      return await this.#report(
        `${this.#prefix}:{${eventId}}:audience`,
        this.#instance,
        here,
        REPORT_LIVES_S,
      );
    } catch (error) {
      this.#log.debug({ err: error }, 'audience counted on this instance alone');
      return here;
    }
  }
}
