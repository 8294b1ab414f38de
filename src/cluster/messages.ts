import type { Counts, Metrics } from './remains.ts';

/** What the primary tells a worker. */
export type ToWorker =
  /** The primary got this signal: the first one ends the worker in order, a second one cuts that short. */
  | { kind: 'stop'; signal: NodeJS.Signals }
  /** The workers that serve now, out of `count`, each with the port of its door, and which of them don't answer the primary. */
  | { kind: 'doors'; count: number; doors: [worker: number, port: number][]; silent: number[] }
  /** The last counts of the workers that were not among the `counted`. */
  | { kind: 'remains'; metrics: Metrics[] }
  /** Asks whether the worker hangs. */
  | { kind: 'ping' }
  /** No worker takes new connections any more. */
  | { kind: 'closed' };

/** What a worker tells the primary. */
export type FromWorker =
  /** It listens, and other workers reach it at this port of the machine itself. */
  | { kind: 'serves'; origin: string; door: number }
  /** What the workers that answer have counted. */
  | { kind: 'counted'; counts: Counts[] }
  /** It doesn't hang. */
  | { kind: 'pong' }
  /** It takes no new connections any more. */
  | { kind: 'closed' };

/** Variables by which the primary tells a worker who it is: `3f9c1a52-2`, and what the workers show each other at their doors. */
export const WORKER_ID = 'TIKETI_WORKER';
export const WORKERS_KEY = 'TIKETI_WORKERS_KEY';
