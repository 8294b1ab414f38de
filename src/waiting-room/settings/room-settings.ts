import { isDeepStrictEqual } from 'node:util';
import type { FastifyBaseLogger } from 'fastify';
import { type Actor, record } from '../../audit/record.ts';
import type { QueueSettings } from '../../config/config.ts';
import type { Db } from '../../database/database.ts';
import { OutageLog } from '../../lib/outage-log.ts';
import { every } from '../../lib/repeat.ts';
import type { RoomSettings } from '../types.ts';
import {
  auditedSettings,
  changedWithin,
  lockRow,
  prepareLottery,
  type Row,
  rowsIn,
  write,
} from './queries.ts';

/** A change of room settings. Fields left out stay as they are; null stands for the default. */
export interface RoomPatch {
  threshold?: number | null | undefined;
  drainPerSecond?: number | null | undefined;
  paused?: boolean | undefined;
  /** How long before the start of the sale the lobby opens. */
  lobbyMinutes?: number | null | undefined;
  /** Seconds without contact that end a place in line or in the lobby. */
  waitingTtlSeconds?: number | null | undefined;
}

const READ_EVERY_MS = 500;
/** A change becomes visible at its commit, later than the time written in it. No transaction may take longer than this. */
const OVERLAP_MS = 30_000;
/** In case the clock of PostgreSQL or of this machine was moved. */
const READ_ALL_EVERY_MS = 60_000;
/** For how long after the start of the sale a draw is tried, in case something is down at that moment. */
const DRAWING_MS = 3_600_000;
/** For how long after its start a sale may still be postponed. */
const FOLLOWED_MS = 86_400_000;
const MINUTE = 60_000;

/**
 * The settings of all waiting rooms, in memory, so that no decision waits for them. They are stored in PostgreSQL, where every instance
 * reads the changes twice a second. While PostgreSQL is away, the settings known last stay in force.
 */
export class RoomSettingsStore {
  readonly #db: Db;
  readonly #outages: OutageLog;
  readonly #defaults: RoomSettings;
  readonly #rooms = new Map<string, { version: number; settings: RoomSettings }>();
  readonly #listeners = new Set<(eventId: string) => void>();
  #readAt: number | undefined;
  #readAllAt = 0;
  #stop: (() => Promise<void>) | undefined;

  constructor(
    db: Db,
    { threshold, waitingTtlSeconds }: Pick<QueueSettings, 'threshold' | 'waitingTtlSeconds'>,
    log: FastifyBaseLogger,
  ) {
    this.#db = db;
    this.#outages = new OutageLog(log, {
      fails: 'the settings of the waiting rooms stay as they are until PostgreSQL is back',
      works: 'the settings of the waiting rooms are read again',
    });
    this.#defaults = {
      threshold,
      drainPerSecond: undefined,
      paused: false,
      waitingTtlSeconds,
      lobbyOpensAt: undefined,
      startsAt: undefined,
      drawn: false,
      clearedAt: undefined,
    };
  }

  /** @throws the error of PostgreSQL: an instance that doesn't know the thresholds must not let users in */
  load(): Promise<void> {
    return this.#read();
  }

  /** Reads the changes from now on. */
  start(): void {
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

  /** Events with a lobby whose sale began lately: their lottery may have to be drawn, even without participants. */
  drawing(now = Date.now()): string[] {
    return [...this.#rooms].flatMap(([eventId, { settings }]) => {
      const { startsAt = Number.POSITIVE_INFINITY } = settings;
      return startsAt <= now && now < startsAt + DRAWING_MS ? [eventId] : [];
    });
  }

  /** The listener is called for every event whose settings changed, on whichever instance. */
  onChange(listener: (eventId: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * In force here at once, and on all instances within a second. A lobby has a lottery, whose seed is chosen when the lobby is first
   * set. Setting a lobby again after its draw chooses another seed.
   *
   * @param actor for the audit log; left out by the service itself, whose own change is in the log already
   * @throws Problem LOBBY_TOO_LATE for a lobby of a sale that has begun, EVENT_NOT_FOUND
   */
  async change(eventId: string, patch: RoomPatch, actor?: Actor): Promise<void> {
    const { threshold, drainPerSecond, paused, lobbyMinutes, waitingTtlSeconds } = patch;
    const row = await this.#db.transaction().execute(async (trx) => {
      if (typeof lobbyMinutes === 'number') await prepareLottery(trx, eventId);
      const columns = {
        ...(threshold !== undefined && { threshold }),
        ...(drainPerSecond !== undefined && { drain_per_second: drainPerSecond }),
        ...(paused !== undefined && { paused }),
        ...(lobbyMinutes !== undefined && { lobby_minutes: lobbyMinutes }),
        ...(waitingTtlSeconds !== undefined && { waiting_ttl_seconds: waitingTtlSeconds }),
      };
      if (!actor) return write(trx, eventId, columns);
      const before = auditedSettings(await lockRow(trx, eventId));
      const row = await write(trx, eventId, columns);
      await record(trx, actor, {
        action: 'queue.change',
        entityId: eventId,
        eventId,
        before,
        after: auditedSettings(row),
      });
      return row;
    });
    this.#take(row);
  }

  /** Voids, on all instances, every proof given before `atMs`. An earlier time than the one stored changes nothing. */
  async noteCleared(eventId: string, atMs: number, actor?: Actor): Promise<void> {
    const row = await this.#db.transaction().execute(async (trx) => {
      if (actor) await record(trx, actor, { action: 'queue.clear', entityId: eventId, eventId });
      return write(trx, eventId, { cleared_at: new Date(atMs) });
    });
    this.#take(row);
  }

  async #round(): Promise<void> {
    await this.#read();
    this.#outages.worked();
  }

  #failed(error: Error): void {
    // The next one to answer may be another PostgreSQL, with another clock.
    this.#readAt = undefined;
    this.#outages.failed(error);
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

  /** Events with a lobby. Postponing one doesn't touch its row of settings, but moves its lobby. */
  #withLobby(now: number): string[] {
    const ahead = ({ startsAt = 0 }: RoomSettings) => startsAt > now - FOLLOWED_MS;
    return [...this.#rooms].flatMap(([eventId, { settings }]) => (ahead(settings) ? [eventId] : []));
  }

  #take(row: Row): void {
    const known = this.#rooms.get(row.event_id);
    // A row that was read before a change of this instance may arrive after it.
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
      waitingTtlSeconds: row.waiting_ttl_seconds ?? this.#defaults.waitingTtlSeconds,
      lobbyOpensAt: lobby === null ? undefined : startsAt - lobby * MINUTE,
      startsAt: lobby === null ? undefined : startsAt,
      drawn: row.drawn_at !== null,
      clearedAt: row.cleared_at === null ? undefined : Date.parse(row.cleared_at),
    };
  }
}
