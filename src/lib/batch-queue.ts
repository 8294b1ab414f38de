import { setImmediate as nextTurn } from 'node:timers/promises';
import { Problem } from '../errors/problem.ts';

interface Waiting<Request, Result> {
  request: Request;
  since: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface LaneLimits {
  /** Requests in one batch. */
  batchSize: number;
  /** How many may wait; the next one is refused. */
  capacity: number;
  /** How long a request waits for its batch to begin; after that it is refused. */
  patienceMs: number;
}

/** Of a batch, answered in one turn of the event loop; in between, this process reads what came meanwhile. */
const ANSWERS_A_TURN = 8;

/**
 * @param goOn may be called when the next batch may begin although this one is not answered yet
 * @returns one result per request, in order; a rejection is that of every request of the batch
 */
export type Process<Request, Result> = (requests: Request[], goOn: () => void) => Promise<Result[]>;

/**
 * Natural batching: what arrives while a batch is under way goes together in the next one. No timer: a lone request waits for
 * nobody, and under load the batches grow by themselves.
 */
export class Lane<Request, Result> {
  readonly #process: Process<Request, Result>;
  readonly #limits: LaneLimits;
  readonly #batches = new Set<Promise<void>>();
  #waiting: Waiting<Request, Result>[] = [];
  #mayBegin = true;
  #scheduled = false;

  constructor(process: Process<Request, Result>, limits: LaneLimits) {
    this.#process = process;
    this.#limits = limits;
  }

  /** @throws Problem SERVICE_UNAVAILABLE when too many wait already, or when it waited too long */
  submit(request: Request): Promise<Result> {
    if (this.#waiting.length >= this.#limits.capacity)
      return Promise.reject(new Problem('SERVICE_UNAVAILABLE'));
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ request, since: performance.now(), resolve, reject });
    });
    if (this.#mayBegin && !this.#scheduled) {
      this.#scheduled = true;
      // Requests that were read from the network in one go come in one go: the batch waits for the others of its turn.
      setImmediate(() => {
        this.#scheduled = false;
        this.#begin();
      });
    }
    return result;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when nothing is under way any more. */
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
    const answers = await this.#process(
      batch.map(({ request }) => request),
      goOn,
    ).then(
      (results) => batch.map((each, index) => () => each.resolve(results[index] as Result)),
      (error: unknown) => batch.map((each) => () => each.reject(error)),
    );
    // The next one begins before this one is answered: PostgreSQL works on it while this process writes the answers.
    goOn();
    for (const [index, answer] of answers.entries()) {
      if (index > 0 && index % ANSWERS_A_TURN === 0) await nextTurn();
      answer();
    }
  }
}
