import { LRUCache } from 'lru-cache';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../../plugins/metrics/metrics.ts';

/** As an instance saw a room at its last tick. */
export interface RoomNumbers {
  queueSize: number;
  currentUsers: number;
  threshold: number;
}

export type QueueMetrics = ReturnType<typeof createQueueMetrics>;

const PREFIX = 'tiketi_queue_';
/** Each is three lines of the answer; beyond them, those that were seen last. */
const ROOMS_SHOWN = 500;
/** Longer than the longest tick. What nobody has seen for so long is no news any more. */
const SHOWN_FOR_MS = 180_000;
const WAITS_S = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400];
const RATIOS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 2];

/**
 * What the waiting rooms do, for Prometheus. Rooms are measured by every instance that sees them, and alike (take the maximum); what
 * happens is counted by the instance that did it (take the sum).
 */
export function createQueueMetrics({ registry }: Pick<Metrics, 'registry'>) {
  const registers = [registry];
  const rooms = new LRUCache<string, RoomNumbers>({ max: ROOMS_SHOWN, ttl: SHOWN_FOR_MS });

  function gauge(name: string, help: string, field: keyof RoomNumbers): void {
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames: ['event'],
      registers,
      collect() {
        this.reset();
        for (const [event, room] of rooms.entries()) this.set({ event }, room[field]);
      },
    });
  }
  gauge('waiting', 'People in line, or in the lobby, of events where somebody is', 'queueSize');
  gauge('inside', 'People inside, of the same events', 'currentUsers');
  gauge('threshold', 'People who may be inside at the same time, of the same events', 'threshold');

  const counter = (name: string, help: string) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `${PREFIX}${name}`, help, buckets, registers });
  const arrivals = counter('arrivals', 'People who took a place in line');
  const admissions = counter('admissions', 'People let in from the line');
  const abandonments = counter('abandonments', 'People who left the line, or fell silent in it');
  const reforms = counter('reforms', 'Waiting rooms that formed again, because Redis had lost them');
  const waits = histogram('wait_seconds', 'How long those had waited who were let in', WAITS_S);
  const errors = histogram(
    'estimate_error',
    'How far off the wait that was told to those let in, as a part of the wait that it was',
    RATIOS,
  );

  return {
    /** To be called at each tick; a room without anybody is forgotten. */
    room(eventId: string, { queueSize, currentUsers, threshold }: RoomNumbers): void {
      if (queueSize + currentUsers > 0) rooms.set(eventId, { queueSize, currentUsers, threshold });
      else rooms.delete(eventId);
    },
    gone: (eventId: string): void => void rooms.delete(eventId),
    arrived: (people: number): void => arrivals.inc(people),
    /** @param waitsMs of those of them of whom it is known */
    admitted(people: number, waitsMs: number[]): void {
      admissions.inc(people);
      for (const ms of waitsMs) waits.observe(ms / 1_000);
    },
    abandoned: (people: number): void => abandonments.inc(people),
    reformed: (): void => reforms.inc(),
    /** @param ratio |told - waited| / waited */
    estimateError: (ratio: number): void => errors.observe(ratio),
  };
}
