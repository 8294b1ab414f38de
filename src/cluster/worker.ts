import { UnavailableError } from '../errors/unavailable.ts';
import { type FromWorker, type ToWorker, WORKER_ID, WORKERS_KEY } from './messages.ts';
import type { Counts, Metrics } from './remains.ts';

/** A worker that hangs does not keep the others from ending. */
const CLOSED_WITHIN_MS = 1_000;
/** Beyond that a scrape fails. Without what the primary keeps, counters would fall, and Prometheus would count them anew. */
const REMAINS_WITHIN_MS = 1_000;

/** This process, as one of several workers. */
export class Worker {
  /** The name that the instance has in logs and in the status of the service. */
  readonly id: string;
  readonly number: number;
  /** Opens the doors of the workers. */
  readonly key: string;
  /** The ports of the other workers' doors, by the worker's number. */
  readonly doors = new Map<number, number>();
  /** The doors of those that answer the primary. */
  readonly live = new Map<number, number>();
  /** How many workers there should be. */
  count = 1;
  readonly #remains: ((metrics: Metrics[]) => void)[] = [];
  readonly #allClosed = Promise.withResolvers<void>();
  #onStop: ((signal: NodeJS.Signals) => void) | undefined;
  #onChange: (() => void) | undefined;
  #stopping = false;

  constructor(id: string, key: string) {
    this.id = id;
    this.number = Number(id.split('-')[1]);
    this.key = key;
    process.on('message', (message: ToWorker) => this.#hear(message));
    // A terminal and a process manager also send them to the workers. The primary decides.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  }

  onStop(listener: (signal: NodeJS.Signals) => void): void {
    this.#onStop = listener;
  }

  /** Hears that a worker has begun to serve, has ended, hangs, or hangs no longer. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  tell(message: FromWorker): void {
    // Without the primary the process ends at once.
    process.send?.(message, undefined, undefined, () => undefined);
  }

  /**
   * @returns what workers had counted that have ended or hang since, from the primary
   * @throws UnavailableError if it doesn't answer
   */
  async remains(counts: Counts[]): Promise<Metrics[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Metrics[]>();
    // The primary answers in the order in which it was asked.
    this.#remains.push(resolve);
    this.tell({ kind: 'counted', counts });
    const giveUp = setTimeout(
      () => reject(new UnavailableError('the primary does not answer')),
      REMAINS_WITHIN_MS,
    );
    return await promise.finally(() => clearTimeout(giveUp));
  }

  /** To be called when this worker takes no new connections any more. Waits until that is true of all workers, if all of them end. */
  async closed(): Promise<void> {
    if (!this.#stopping) return;
    this.tell({ kind: 'closed' });
    const giveUp = setTimeout(this.#allClosed.resolve, CLOSED_WITHIN_MS);
    await this.#allClosed.promise;
    clearTimeout(giveUp);
  }

  #hear(message: ToWorker): void {
    if (message.kind === 'ping') this.tell({ kind: 'pong' });
    if (message.kind === 'closed') this.#allClosed.resolve();
    if (message.kind === 'stop') {
      this.#stopping = true;
      this.#onStop?.(message.signal);
    }
    if (message.kind === 'remains') this.#remains.shift()?.(message.metrics);
    if (message.kind === 'doors') {
      this.count = message.count;
      this.doors.clear();
      this.live.clear();
      for (const [worker, port] of message.doors) {
        if (worker === this.number) continue;
        this.doors.set(worker, port);
        if (!message.silent.includes(worker)) this.live.set(worker, port);
      }
      this.#onChange?.();
    }
  }
}

/** @returns `undefined` unless the primary of several workers started this process */
export function thisWorker(): Worker | undefined {
  const { [WORKER_ID]: id, [WORKERS_KEY]: key } = process.env;
  return id !== undefined && key !== undefined && process.send ? new Worker(id, key) : undefined;
}
