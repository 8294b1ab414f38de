import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Span } from '@opentelemetry/api';
import { Problem } from '../errors/problem.ts';
import { tracing } from '../tracing/tracing.ts';

interface Waiting<Request, Result> {
  request: Request;
  since: number;
  /** What the request belongs to, while tracing is on. */
  span: Span | undefined;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface BatchQueueLimits {
  /** Names the requests in spans. */
  name: string;
  /** Requests in one batch. */
  batchSize: number;
  /** How many requests may wait; the next one is refused. */
  capacity: number;
  /** How long a request may wait for its batch to begin; after that it is refused. */
  patienceMs: number;
}

/** So few, because this process reads new requests only between two turns of the event loop. */
const ANSWERS_A_TURN = 8;

/**
 * @param goOn lets the next batch begin before this one is answered; calling it is optional
 * @returns one result per request, in order; a rejection rejects every request of the batch
 */
export type Process<Request, Result> = (requests: Request[], goOn: () => void) => Promise<Result[]>;

/**
 * Natural batching: requests that arrive while a batch is under way go together in the next one. There is no timer: a lone request
 * starts at once, and batches grow with the load.
 */
export class BatchQueue<Request, Result> {
  readonly #process: Process<Request, Result>;
  readonly #limits: BatchQueueLimits;
  readonly #batches = new Set<Promise<void>>();
  #waiting: Waiting<Request, Result>[] = [];
  #mayBegin = true;
  #scheduled = false;

  constructor(process: Process<Request, Result>, limits: BatchQueueLimits) {
    this.#process = process;
    this.#limits = limits;
  }

  /** @throws Problem SERVICE_UNAVAILABLE when too many requests wait already, or when this one waited too long */
  add(request: Request): Promise<Result> {
    if (this.#waiting.length >= this.#limits.capacity)
      return Promise.reject(new Problem('SERVICE_UNAVAILABLE'));
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ request, since: performance.now(), span: tracing?.current, resolve, reject });
    });
    if (this.#mayBegin && !this.#scheduled) {
      this.#scheduled = true;
      // Requests that one read from the network brought belong together: the batch begins after the last of this turn.
      setImmediate(() => {
        this.#scheduled = false;
        this.#begin();
      });
    }
    return result;
  }

  /** How many requests wait for their batch to begin. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when no request waits and no batch is under way. */
  async idle(): Promise<void> {
    while (this.#waiting.length + this.#batches.size > 0) await Promise.all([...this.#batches, nextTurn()]);
  }

  #begin(): void {
    if (!this.#mayBegin) return;
    const batch = this.#take();
    if (batch.length === 0) return;
    this.#mayBegin = false;
    const underWay = this.#run(batch).finally(() => this.#batches.delete(underWay));
    this.#batches.add(underWay);
  }

  #take(): Waiting<Request, Result>[] {
    const latest = performance.now() - this.#limits.patienceMs;
    const inTime = this.#waiting.findIndex(({ since }) => since >= latest);
    const late = this.#waiting.splice(0, inTime < 0 ? this.#waiting.length : inTime);
    for (const { reject } of late) reject(new Problem('SERVICE_UNAVAILABLE'));
    return this.#waiting.splice(0, this.#limits.batchSize);
  }

  async #run(batch: Waiting<Request, Result>[]): Promise<void> {
    let wentOn = false;
    const goOn = () => {
      if (wentOn) return;
      wentOn = true;
      this.#mayBegin = true;
      this.#begin();
    };
    const requests = batch.map(({ request }) => request);
    const process = () => this.#process(requests, goOn);
    const answers = await (tracing ? tracing.batch(this.#limits.name, batch, process) : process()).then(
      (results) => batch.map((each, index) => () => each.resolve(results[index] as Result)),
      (error: unknown) => batch.map((each) => () => each.reject(error)),
    );
    // The next batch begins before this one is answered: PostgreSQL works on it while this process writes the answers.
    goOn();
    for (const [index, answer] of answers.entries()) {
      if (index > 0 && index % ANSWERS_A_TURN === 0) await nextTurn();
      answer();
    }
  }
}
