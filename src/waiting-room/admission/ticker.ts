import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import type { Announcements } from '../../realtime/announcements.ts';
import { type Admission, type QueueCommands, type Room, SWEPT_AT_ONCE } from '../redis/commands.ts';
import type { RoomSettingsStore } from '../settings/room-settings.ts';
import type { QueueMetrics } from '../stats/metrics.ts';

export interface LinesOptions {
  redis: Redis;
  prefix: string;
  commands: QueueCommands;
  store: RoomSettingsStore;
  metrics: QueueMetrics;
  announcements: Announcements;
  log: FastifyBaseLogger;
  /** Draws the lot, where that is due. */
  drawIfDue(eventId: string): Promise<unknown>;
}

/** A whole round of sweeping takes this many ticks at most, however long the line is. */
const TICKS_A_ROUND = 30;
/** Of admissions in one tick; what is left is left to the next one. */
const ADMISSIONS_A_TICK = 10;

export type Lines = ReturnType<typeof createLines>;

/** Moves the lines of all events, on every instance: each step is one script, so they may all do it at once. */
export function createLines(options: LinesOptions) {
  const { redis, prefix, commands, store, metrics, announcements, log } = options;
  const linesKey = `${prefix}:lines`;
  /** Events whose line moves, as far as this instance knows. A Redis that forgot them is told. */
  const lines = new Set<string>();
  const drawing = new Set<string>();

  async function follow(eventId: string): Promise<void> {
    if (lines.has(eventId)) return;
    lines.add(eventId);
    await redis.sadd(linesKey, eventId);
  }

  /** Lets in whom there is room for, and tells them. */
  async function advance(eventId: string): Promise<Admission> {
    const admission = await commands.admit(eventId);
    const { room, admitted, abandoned, announce } = admission;
    if (abandoned > 0) metrics.abandoned(abandoned);
    if (admitted.length > 0) {
      metrics.admitted(
        admitted.length,
        admitted.flatMap(({ waitedMs }) => waitedMs ?? []),
      );
      for (const { waitedMs, told } of admitted)
        if (waitedMs !== undefined && told !== undefined && waitedMs >= 1_000)
          metrics.estimateError(Math.abs(told * 1_000 - waitedMs) / waitedMs);
      announcements.entryAllowed(
        eventId,
        admitted.map(({ userId }) => userId),
      );
    }
    if (announce === 'now') announceLine(eventId, room);
    return admission;
  }

  function announceLine(eventId: string, { queueSize, currentUsers, servedSeq }: Room): void {
    const { threshold } = store.of(eventId);
    metrics.room(eventId, { queueSize, currentUsers, threshold });
    announcements.queueUpdated({ eventId, queueSize, currentUsers, threshold, servedSeq });
  }

  async function sweep(eventId: string): Promise<void> {
    for (let round = 0; ; round++) {
      const { room, removed, more } = await commands.sweep(eventId);
      if (removed > 0) metrics.abandoned(removed);
      if (!more || round * SWEPT_AT_ONCE * TICKS_A_ROUND >= room.queueSize) return;
    }
  }

  /** Takes seconds, where 200,000 take part: nobody's line waits for it. */
  function draw(eventId: string): void {
    if (drawing.has(eventId)) return;
    drawing.add(eventId);
    options
      .drawIfDue(eventId)
      .catch((error: Error) => log.warn({ err: error, eventId }, 'a lot is still to be drawn'))
      .finally(() => drawing.delete(eventId));
  }

  async function move(eventId: string): Promise<boolean> {
    draw(eventId);
    await sweep(eventId);
    let admission = await advance(eventId);
    for (let times = 1; admission.more && times < ADMISSIONS_A_TICK; times++)
      admission = await advance(eventId);
    const { room, announce, unused } = admission;
    const { born, kept, seq, currentUsers } = room;
    if (born > 0)
      store.noteSeen(eventId, { born, kept, seq, inside: currentUsers, line: room.queueSize > 0 });
    const { threshold } = store.of(eventId);
    metrics.room(eventId, { queueSize: room.queueSize, currentUsers: room.currentUsers, threshold });
    // Who has a turn that he hasn't used is told again, should he lose the connection.
    return room.queueSize > 0 || unused > 0 || room.phase === 'drawing' || announce === 'later';
  }

  async function tick(eventId: string): Promise<void> {
    if (await move(eventId)) return void lines.add(eventId);
    lines.delete(eventId);
    await redis.srem(linesKey, eventId);
    // Somebody may have come between the two commands: what is not over any more is noted again.
    if (await move(eventId)) await follow(eventId);
    else metrics.gone(eventId);
  }

  return {
    follow,
    advance,
    announceLine,
    /** Events where somebody waits, or hasn't used his turn yet; also those that another instance has noted since the last tick. */
    all: async (): Promise<Set<string>> => new Set([...lines, ...(await redis.smembers(linesKey))]),
    /** All at once, and each for itself: one that fails keeps no other from moving. */
    async tickAll(): Promise<void> {
      const noted = new Set(await redis.smembers(linesKey));
      const forgotten = [...lines].filter((eventId) => !noted.has(eventId));
      if (forgotten.length > 0) await redis.sadd(linesKey, ...forgotten);
      const ticks = await Promise.allSettled(
        [...new Set([...noted, ...lines, ...store.drawing()])].map(tick),
      );
      const failed = ticks.filter((result) => result.status === 'rejected');
      for (const { reason } of failed) log.debug({ err: reason }, 'a line stands still for now');
    },
  };
}
