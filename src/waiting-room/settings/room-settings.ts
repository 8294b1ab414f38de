import { isDeepStrictEqual } from 'node:util';
import type { FastifyBaseLogger } from 'fastify';
import type { QueueSettings } from '../../config/config.ts';
import type { Db } from '../../database/database.ts';
import { every } from '../../lib/repeat.ts';
import { type SeenRoom, SeenRooms } from '../recovery/room-snapshots.ts';
import { changedWithin, prepareLottery, type Row, rowsIn, write } from './queries.ts';

/** What holds in the waiting room of an event; times in ms since 1970. */
export interface RoomSettings {
  /** People inside at the same time. */
  threshold: number;
  /** People let in from the line in a second, at most. */
  drainPerSecond: number | undefined;
  /** Nobody is let in. */
  paused: boolean;
  /** When the lobby opens, and when the sale starts and its lot is drawn; both where the event has a lobby. */
  lobbyOpensAt: number | undefined;
  startsAt: number | undefined;
  /** The order is stored. */
  drawn: boolean;
  /** What was given to somebody before is void. */
  clearedAt: number | undefined;
}

/** What is left out stays; null is the default. */
export interface RoomPatch {
  threshold?: number | null | undefined;
  drainPerSecond?: number | null | undefined;
  paused?: boolean | undefined;
  /** So long before the start of the sale the lobby opens. */
  lobbyMinutes?: number | null | undefined;
}

const READ_EVERY_MS = 500;
/** A change is seen when it is committed, up to so long after the time that it bears: more than a transaction may take. */
const OVERLAP_MS = 30_000;
/** For whatever moves the clock of PostgreSQL or of this machine. */
const READ_ALL_EVERY_MS = 60_000;
/** Long enough for a draw, whatever is down at the start of a sale. */
const DRAWING_MS = 3_600_000;
/** For so long after its start an event may still be put off. */
const FOLLOWED_MS = 86_400_000;
const MINUTE = 60_000;

/**
 * The settings of all waiting rooms, in memory: whoever decides with them waits for nothing. They stand in PostgreSQL, where every
 * instance reads twice a second what has changed. While PostgreSQL is away, what was known holds.
 */
export class RoomSettingsStore {
  readonly #db: Db;
  readonly #log: FastifyBaseLogger;
  readonly #defaults: RoomSettings;
  readonly #rooms = new Map<string, { version: number; settings: RoomSettings }>();
  readonly #seen: SeenRooms;
  readonly #listeners = new Set<(eventId: string) => void>();
  #away = false;
  #readAt: number | undefined;
  #readAllAt = 0;
  #stop: (() => Promise<void>) | undefined;

  constructor(db: Db, { threshold }: Pick<QueueSettings, 'threshold'>, log: FastifyBaseLogger) {
    this.#db = db;
    this.#log = log;
    this.#seen = new SeenRooms(db);
    this.#defaults = {
      threshold,
      drainPerSecond: undefined,
      paused: false,
      lobbyOpensAt: undefined,
      startsAt: undefined,
      drawn: false,
      clearedAt: undefined,
    };
  }

  /** @throws what PostgreSQL said: an instance that doesn't know who may go in lets nobody in */
  async start(): Promise<void> {
    await this.#read();
    await this.#seen.load();
    this.#stop = every(
      READ_EVERY_MS,
      () => this.#round(),
      (error) => this.#failed(error),
    );
  }

  async stop(): Promise<void> {
    await this.#stop?.();
  }

  of(eventId: string): RoomSettings {
    return this.#rooms.get(eventId)?.settings ?? this.#defaults;
  }

  /** Events whose sale began lately, with a lobby whose lot may have to be drawn; also where nobody came. */
  drawing(now = Date.now()): string[] {
    return [...this.#rooms].flatMap(
      ([
        eventId,
        {
          settings: { startsAt },
        },
      ]) => (startsAt !== undefined && startsAt <= now && now < startsAt + DRAWING_MS ? [eventId] : []),
    );
  }

  /** @param listener hears of every event whose settings are other ones now, whoever has changed them */
  onChange(listener: (eventId: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Holds here at once, and on all instances within a second. A lobby has a lottery: its seed is chosen when it is first set, and
   * another one when it is set again after a draw.
   *
   * @throws Problem LOBBY_TOO_LATE for a lobby where the sale has begun, EVENT_NOT_FOUND
   */
  async change(eventId: string, patch: RoomPatch): Promise<void> {
    const { threshold, drainPerSecond, paused, lobbyMinutes } = patch;
    const row = await this.#db.transaction().execute(async (trx) => {
      if (typeof lobbyMinutes === 'number') await prepareLottery(trx, eventId);
      return write(trx, eventId, {
        ...(threshold !== undefined && { threshold }),
        ...(drainPerSecond !== undefined && { drain_per_second: drainPerSecond }),
        ...(paused !== undefined && { paused }),
        ...(lobbyMinutes !== undefined && { lobby_minutes: lobbyMinutes }),
      });
    });
    this.#take(row);
  }

  /** Makes void, on all instances, what was given to anybody before `atMs`. It never goes back. */
  async noteCleared(eventId: string, atMs: number): Promise<void> {
    this.#take(await write(this.#db, eventId, { cleared_at: new Date(atMs) }));
  }

  /** To be called at every tick; costs nothing, and is written every few seconds. */
  noteSeen(eventId: string, room: SeenRoom): void {
    this.#seen.note(eventId, room);
  }

  /** The last that was seen of a room here, or by any instance before this one started. */
  lastSeen(eventId: string): SeenRoom | undefined {
    return this.#seen.of(eventId);
  }

  async #round(): Promise<void> {
    await this.#read();
    await this.#seen.write();
    if (this.#away) this.#log.info('the settings of the waiting rooms are read again');
    this.#away = false;
  }

  #failed(err: Error): void {
    // Another PostgreSQL may answer next, with a clock of its own.
    this.#readAt = undefined;
    if (!this.#away)
      this.#log.warn({ err }, 'the settings of the waiting rooms stay as they are until PostgreSQL is back');
    this.#away = true;
  }

  async #read(): Promise<void> {
    const now = Date.now();
    const all = this.#readAt === undefined || Math.abs(now - this.#readAllAt) >= READ_ALL_EVERY_MS;
    const age = now - (this.#readAt ?? 0) + OVERLAP_MS;
    const rows = rowsIn(this.#db);
    const found = await (all ? rows : rows.where(changedWithin(age, this.#withLobby(now)))).execute();
    for (const row of found) this.#take(row);
    this.#readAt = now;
    if (all) this.#readAllAt = now;
  }

  /** An event may be put off, which changes nothing in its settings, but when its lobby opens. */
  #withLobby(now: number): string[] {
    const ahead = ({ startsAt = 0 }: RoomSettings) => startsAt > now - FOLLOWED_MS;
    return [...this.#rooms].flatMap(([eventId, { settings }]) => (ahead(settings) ? [eventId] : []));
  }

  #take(row: Row): void {
    const known = this.#rooms.get(row.event_id);
    // What was read before a change of this instance may come after it.
    if (known && known.version > row.version) return;
    const settings = this.#settingsOf(row);
    const before = this.of(row.event_id);
    this.#rooms.set(row.event_id, { version: row.version, settings });
    if (isDeepStrictEqual(before, settings)) return;
    for (const listener of this.#listeners) listener(row.event_id);
  }

  #settingsOf(row: Row): RoomSettings {
    const startsAt = Date.parse(row.sale_start_date);
    const lobby = row.lobby_minutes;
    return {
      threshold: row.threshold ?? this.#defaults.threshold,
      drainPerSecond: row.drain_per_second ?? undefined,
      paused: row.paused,
      lobbyOpensAt: lobby === null ? undefined : startsAt - lobby * MINUTE,
      startsAt: lobby === null ? undefined : startsAt,
      drawn: row.drawn_at !== null,
      clearedAt: row.cleared_at === null ? undefined : Date.parse(row.cleared_at),
    };
  }
}
