import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { script } from '../lib/lua-script.ts';
import type { RedisClient } from '../lib/redis-client.ts';
import type { Announcements } from './announcements.ts';
import { eventOf, eventRoom } from './socket-rooms.ts';
import type { RealtimeServer } from './types.ts';

/** A page is told its audience at most this often. In a rush, each join would otherwise be told to every socket on the page. */
const TELL_EVERY_MS = 1_000;
const REPORT_EVERY_MS = 3_000;
/** How long the sockets of a killed instance still count. */
const REPORT_LIVES_S = 10;

interface Page {
  /** When its sockets may be told again, by `performance.now()`. */
  next: number;
  timer: NodeJS.Timeout | undefined;
  /** Sockets of this instance joined or left since the last report, so that the others have to count again. */
  hasChanged: boolean;
  told: number | undefined;
}

/**
 * Counts the sockets on the page of an event over all instances, and tells them the number. Each instance reports its own to Redis, asks
 * the others to count again, and tells its own sockets. The report of a killed instance expires.
 */
export class Audience {
  readonly #instance = randomUUID();
  readonly #pages = new Map<string, Page>();
  readonly #io: RealtimeServer;
  readonly #announcements: Announcements;
  readonly #prefix: string;
  readonly #log: FastifyBaseLogger;
  readonly #report: (...args: (string | number)[]) => Promise<number>;
  readonly #refreshing: NodeJS.Timeout;
  #closed = false;

  constructor(
    io: RealtimeServer,
    announcements: Announcements,
    redis: RedisClient,
    prefix: string,
    log: FastifyBaseLogger,
  ) {
    this.#io = io;
    this.#announcements = announcements;
    this.#prefix = prefix;
    this.#log = log;
    this.#report = script<number>(redis, 'audience', 1, new URL('./lua/audience.lua', import.meta.url));
    this.#refreshing = setInterval(() => this.#refresh(), REPORT_EVERY_MS);
    // The adapter tells of sockets that disconnect as well.
    const changed = (room: string) => this.#changed(eventOf('event', room));
    io.sockets.adapter.on('join-room', changed);
    io.sockets.adapter.on('leave-room', changed);
    announcements.onAudience((eventId) => {
      const page = this.#pages.get(eventId);
      if (page) this.#schedule(eventId, page);
    });
  }

  /** Withdraws this instance's reports and asks the others to count again. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#refreshing);
    const leave = async ([eventId, { timer }]: [string, Page]) => {
      clearTimeout(timer);
      await this.#count(eventId, 0);
      this.#announcements.audience(eventId);
    };
    await Promise.all([...this.#pages].map(leave));
  }

  #changed(eventId: string | undefined): void {
    if (eventId === undefined || this.#closed) return;
    const page = this.#pages.get(eventId) ?? { next: 0, timer: undefined, hasChanged: true, told: undefined };
    this.#pages.set(eventId, page);
    page.hasChanged = true;
    this.#schedule(eventId, page);
  }

  #schedule(eventId: string, page: Page): void {
    if (this.#closed) return;
    const pause = Math.max(0, page.next - performance.now());
    page.timer ??= setTimeout(() => void this.#tell(eventId, page), pause);
  }

  async #tell(eventId: string, page: Page): Promise<void> {
    const { hasChanged } = page;
    page.timer = undefined;
    page.hasChanged = false;
    page.next = performance.now() + TELL_EVERY_MS;
    const userCount = await this.#count(eventId, this.#here(eventId));
    if (this.#closed) return;
    page.told = userCount;
    this.#announcements.roomInfo({ eventId, userCount });
    if (hasChanged) this.#announcements.audience(eventId);
  }

  /** Keeps the reports alive, and notices other instances that were killed. */
  #refresh(): void {
    for (const [eventId, page] of this.#pages) {
      const here = this.#here(eventId);
      if (here === 0 && page.timer === undefined && page.next < performance.now())
        this.#pages.delete(eventId);
      else
        void this.#count(eventId, here).then((userCount) => {
          if (userCount !== page.told) this.#schedule(eventId, page);
        });
    }
  }

  #here(eventId: string): number {
    return this.#io.sockets.adapter.rooms.get(eventRoom(eventId))?.size ?? 0;
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
