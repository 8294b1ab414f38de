import { LRUCache } from 'lru-cache';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../../plugins/metrics/metrics.ts';
import type { RoomState } from '../types.ts';

/** The state of a room at the last tick of an instance. */
export interface RoomNumbers {
  queueSize: number;
  inside: number;
  threshold: number;
}

export type QueueMetrics = ReturnType<typeof createQueueMetrics>;

const PREFIX = 'tiketi_queue_';
/** Each room takes three lines. Of more rooms, those seen last are shown. */
const ROOMS_SHOWN = 500;
/** Longer than the longest tick. A room that was not seen for so long is not shown. */
const SHOWN_FOR_MS = 180_000;
const WAITS_S = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400];
const RATIOS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 2];

/**
 * What the waiting rooms do, for Prometheus. Every instance that sees a room reports the same gauges (take the maximum). Counters are
 * raised by the instance that did the work (take the sum).
 */
export function createQueueMetrics({ registry }: Pick<Metrics, 'registry'>) {
  const registers = [registry];
  const rooms = new LRUCache<string, RoomNumbers>({ max: ROOMS_SHOWN, ttl: SHOWN_FOR_MS });

  function gauge(name: string, help: string, field: keyof RoomNumbers): void {
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames: ['event'],
      aggregator: 'max',
      registers,
      collect() {
        this.reset();
        for (const [event, room] of rooms.entries()) this.set({ event }, room[field]);
      },
    });
  }
  gauge(
    'waiting',
    'People in line or in the lobby, by event; events without people are left out',
    'queueSize',
  );
  gauge('inside', 'People inside, by event', 'inside');
  gauge('threshold', 'People who may be inside at the same time, by event', 'threshold');

  const counter = (name: string, help: string) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `${PREFIX}${name}`, help, buckets, registers });
  const arrivals = counter('arrivals', 'People who took a place in line, or got it by the draw');
  const admissions = counter('admissions', 'People let in from the line');
  const abandonments = counter(
    'abandonments',
    'People who left the line, or fell silent in it; not those in the lobby',
  );
  const reforms = counter('reforms', 'Waiting rooms that formed again after Redis had lost them');
  const waits = histogram('wait_seconds', 'How long people waited until they were let in', WAITS_S);
  const errors = histogram(
    'estimate_error',
    'Error of the estimate given on arrival, relative to the real wait',
    RATIOS,
  );

  return {
    /** Call at each tick. A room without people is forgotten. */
    room(eventId: string, { queueSize, inside, threshold }: RoomNumbers): void {
      if (queueSize + inside > 0) rooms.set(eventId, { queueSize, inside, threshold });
      else rooms.delete(eventId);
    },
    gone: (eventId: string): void => void rooms.delete(eventId),
    /** Call with each answer of Redis. It has what the command added to the numbers of the last hour, so both count the same. */
    noteRoom({ arrived, abandoned, reformed }: Pick<RoomState, 'arrived' | 'abandoned' | 'reformed'>): void {
      arrivals.inc(arrived);
      abandonments.inc(abandoned);
      if (reformed) reforms.inc();
    },
    /** @param waitsMs the waits that are known */
    admitted(people: number, waitsMs: number[]): void {
      admissions.inc(people);
      for (const ms of waitsMs) waits.observe(ms / 1_000);
    },
    /** @param ratio |told - waited| / waited */
    estimateError: (ratio: number): void => errors.observe(ratio),
  };
}
