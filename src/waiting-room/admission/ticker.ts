import type { FastifyBaseLogger } from 'fastify';
import { isUnavailable } from '../../errors/unavailable.ts';
import type { RedisClient } from '../../lib/redis-client.ts';
import type { Announcements } from '../../realtime/announcements.ts';
import type { Lottery } from '../lottery/lottery.ts';
import type { RoomSnapshots } from '../recovery/room-snapshots.ts';
import { type Commands, SWEPT_AT_ONCE } from '../redis/commands.ts';
import type { Admission, Admitted } from '../redis/replies.ts';
import type { RoomSettingsStore } from '../settings/room-settings.ts';
import type { QueueMetrics } from '../stats/metrics.ts';
import type { RoomState } from '../types.ts';

export interface TickerOptions {
  redis: RedisClient;
  prefix: string;
  commands: Commands;
  settings: RoomSettingsStore;
  snapshots: RoomSnapshots;
  lottery: Pick<Lottery, 'drawIfDue'>;
  metrics: QueueMetrics;
  announcements: Announcements;
  log: FastifyBaseLogger;
}

/** A whole round of sweeping takes this many ticks at most, however long the line is. */
const TICKS_A_ROUND = 30;
/** Admissions in one tick. The rest is left to the next one. */
const ADMISSIONS_A_TICK = 10;

export type Ticker = ReturnType<typeof createTicker>;

/** Moves the lines of all events, on every instance: each step is one script, so they may all do it at once. */
export function createTicker(options: TickerOptions) {
  const { redis, prefix, commands, settings, snapshots, lottery, metrics, announcements, log } = options;
  const linesKey = `${prefix}:lines`;
  /** Events whose line moves, as far as this instance knows. A Redis that forgot them is told again. */
  const lines = new Set<string>();
  const drawing = new Set<string>();

  async function follow(eventId: string): Promise<void> {
    if (lines.has(eventId)) return;
    lines.add(eventId);
    await redis.sadd(linesKey, eventId);
  }

  async function unfollow(eventId: string): Promise<void> {
    lines.delete(eventId);
    await redis.srem(linesKey, eventId);
  }

  /** Lets in as many users as there is room for, and tells them. */
  async function admit(eventId: string): Promise<Admission> {
    const admission = await commands.admit(eventId);
    const { room, admitted, announce: due } = admission;
    if (admitted.length > 0) {
      measure(admitted);
      announcements.entryAllowed(
        eventId,
        admitted.map(({ userId }) => userId),
      );
    }
    if (due === 'now') announce(eventId, room);
    return admission;
  }

  function measure(admitted: Admitted[]): void {
    metrics.admitted(
      admitted.length,
      admitted.flatMap(({ waitedMs }) => waitedMs ?? []),
    );
    for (const { waitedMs, told } of admitted)
      if (waitedMs !== undefined && told !== undefined && waitedMs >= 1_000)
        metrics.estimateError(Math.abs(told * 1_000 - waitedMs) / waitedMs);
  }

  function announce(eventId: string, { queueSize, inside, servedSeq }: RoomState): void {
    const { threshold } = settings.of(eventId);
    metrics.room(eventId, { queueSize, inside, threshold });
    announcements.queueUpdated({ eventId, queueSize, currentUsers: inside, threshold, servedSeq });
  }

  async function sweep(eventId: string): Promise<void> {
    for (let round = 0; ; round++) {
      const { room, more } = await commands.sweep(eventId);
      if (!more || round * SWEPT_AT_ONCE * TICKS_A_ROUND >= room.queueSize) return;
    }
  }

  /** Takes seconds for 200,000 participants. The tick doesn't wait for it, so that no other line does. */
  function drawIfDue(eventId: string): void {
    if (settings.of(eventId).startsAt === undefined || drawing.has(eventId)) return;
    drawing.add(eventId);
    lottery
      .drawIfDue(eventId)
      .catch((error: Error) => {
        // An outage is logged by the health check of its dependency, and not at every tick.
        const level = isUnavailable(error) ? 'debug' : 'warn';
        log[level]({ err: error, eventId }, 'a lottery is still to be drawn');
      })
      .finally(() => drawing.delete(eventId));
  }

  /** @returns whether the line is to be moved again at the next tick */
  async function move(eventId: string): Promise<boolean> {
    drawIfDue(eventId);
    await sweep(eventId);
    let admission = await admit(eventId);
    for (let times = 1; admission.more && times < ADMISSIONS_A_TICK; times++)
      admission = await admit(eventId);
    const { room, announce: due, unused } = admission;
    const { inside, queueSize } = room;
    const known = commands.known(eventId);
    if (known) snapshots.note(eventId, known);
    metrics.room(eventId, { queueSize, inside, threshold: settings.of(eventId).threshold });
    // Users who have not used their entry yet are told again when they reconnect.
    return queueSize > 0 || unused > 0 || room.phase === 'drawing' || due === 'later';
  }

  async function tickEvent(eventId: string): Promise<void> {
    if (await move(eventId)) return void lines.add(eventId);
    await unfollow(eventId);
    // A user may have joined between the two commands.
    if (await move(eventId)) await follow(eventId);
    else metrics.gone(eventId);
  }

  return {
    follow,
    announce,
    /** After a place became free: lets in the next users at once. */
    async fill(eventId: string): Promise<void> {
      const { announce: due } = await admit(eventId);
      // A tick announces what it was too early to announce now.
      if (due === 'later') await follow(eventId);
    },
    /** The key of the set of all events with a line, or with an entry that is not used yet. */
    linesKey,
    /** Those of them that this instance knows. Other instances may have noted more since the last tick. */
    lines: lines as ReadonlySet<string>,
    /** Moves all lines at once. One that fails stops no other. */
    async tick(): Promise<void> {
      const noted = new Set(await redis.smembers(linesKey));
      const forgotten = [...lines].filter((eventId) => !noted.has(eventId));
      if (forgotten.length > 0) await redis.sadd(linesKey, ...forgotten);
      const ticks = await Promise.allSettled(
        [...new Set([...noted, ...lines, ...settings.drawing()])].map(tickEvent),
      );
      for (const result of ticks)
        if (result.status === 'rejected')
          log.debug({ err: result.reason }, 'a line stands still until the next tick');
    },
  };
}
