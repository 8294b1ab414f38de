import cluster, { type Worker as Child } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { type FromWorker, type ToWorker, WORKER_ID, WORKERS_KEY } from './messages.ts';
import { Remains } from './remains.ts';
import { WorkerFailed } from './worker-failed.ts';

/** The first worker to replace waits so long, and each one that ends within a minute doubles it. */
const REPLACE_AFTER_MS = 100;
const REPLACE_WITHIN_MS = 10_000;
const LATELY_MS = 60_000;
/** So many starts in a row fail because of what another one would not change. */
const START_ATTEMPTS = 5;
/** What a worker may need after its delay, and after a second signal, before it counts as hung. */
const STOP_WITHIN_MS = 15_000;
const HURRIED_MS = 4_000;
/**
 * A worker that leaves so many pings without an answer is silent: others do its work. Later it counts as hung and is killed. That
 * is late, because a healthy worker on a machine with twelve busy processes a core may need 20 s for the work of one.
 */
const PING_EVERY_MS = 1_000;
const SILENT_PINGS = 3;
const HUNG_PINGS = 30;

interface Running {
  child: Child;
  /** The port of its door, once it serves. */
  door: number | undefined;
  /** Takes no new connections any more. */
  closed: boolean;
  /**
   * Pings since its last answer. They are counted, and no time is taken: on a machine that slept, or is too busy to run the primary,
   * the workers have had no more time than the primary.
   */
  unanswered: number;
}

interface Options {
  /** What a worker runs. */
  program: string;
  count: number;
  /** Variables for the workers, in addition to those of this process. */
  environment: Record<string, string>;
  /** How long a worker serves on after the signal. */
  delayMs: number;
  pingEveryMs?: number;
  log: Pick<FastifyBaseLogger, 'error' | 'fatal'>;
  /** A worker that had ended could not be replaced. */
  onFailure(error: WorkerFailed): void;
}

/** Instances of the service in processes of their own, which listen on one port. Node hands out its connections in turn. */
export class Workers {
  /** As that of an app, for `stop()`. Each worker has its own. */
  readonly stopping = { begun: false };
  readonly #options: Options;
  /** The workers share the first part of their ids. */
  readonly #id = randomBytes(4).toString('hex');
  readonly #key = randomBytes(16).toString('hex');
  readonly #running = new Map<number, Running>();
  readonly #remains: Remains;
  #signals = 0;
  #ends: number[] = [];
  #code = 0;
  readonly #pinging: NodeJS.Timeout;

  constructor(options: Options) {
    this.#options = options;
    this.#remains = new Remains(options.count);
    this.#pinging = setInterval(() => this.#ping(), options.pingEveryMs ?? PING_EVERY_MS);
    cluster.setupPrimary({ exec: options.program });
  }

  /** How long the workers may take to end. */
  get stopsWithinMs(): number {
    return this.#options.delayMs + STOP_WITHIN_MS + HURRIED_MS;
  }

  /** Starts one worker, and the others once it serves: what keeps all of them from starting is logged once. @returns the origin */
  async start(): Promise<string> {
    const origin = await this.#start(1);
    // A worker that was told to stop while it began to listen still says that it serves. More of them would never be told.
    if (this.#signals > 0) return origin;
    const others = Array.from({ length: this.#options.count - 1 }, (_, index) => this.#start(index + 2));
    await Promise.all(others);
    return origin;
  }

  /** Hands a signal on: the first one ends the workers in order, a second one cuts that short. */
  stop(signal: NodeJS.Signals): void {
    this.#signals++;
    this.#tellAll({ kind: 'stop', signal });
    const limit = this.#signals === 1 ? this.#options.delayMs + STOP_WITHIN_MS : HURRIED_MS;
    setTimeout(() => {
      for (const { child } of this.#running.values()) child.process.kill('SIGKILL');
    }, limit).unref();
  }

  /** Waits for the end of all workers. */
  async close(): Promise<void> {
    clearInterval(this.#pinging);
    if (this.#signals === 0) this.stop('SIGTERM');
    await Promise.all([...this.#running.values()].map(({ child }) => once(child, 'exit')));
    if (this.#code !== 0) throw new Error(`a worker ended with the code ${this.#code}`);
  }

  /** Resolves with its origin when the worker serves. */
  #start(number: number): Promise<string> {
    const child = cluster.fork({
      ...this.#options.environment,
      [WORKER_ID]: `${this.#id}-${number}`,
      [WORKERS_KEY]: this.#key,
    });
    const running: Running = { child, door: undefined, closed: false, unanswered: 0 };
    this.#running.set(number, running);
    return new Promise((resolve, reject) => {
      child.on('message', (message: FromWorker) => {
        if (message.kind === 'serves') {
          running.door = message.door;
          this.#introduce();
          resolve(message.origin);
        } else if (message.kind === 'counted') {
          void this.#remains
            .beside(message.counts)
            .then((metrics) => tell(child, { kind: 'remains', metrics }));
        } else if (message.kind === 'pong') {
          const wasSilent = isSilent(running);
          running.unanswered = 0;
          if (wasSilent) this.#introduce();
        } else if (message.kind === 'closed') {
          running.closed = true;
          this.#tellWhenAllClosed();
        }
      });
      child.on('error', () => {
        // A message or a signal to a worker failed. If the worker ends, `exit` says so.
        if (child.process.pid !== undefined) return;
        // The machine has no room for another process.
        this.#running.delete(number);
        reject(new WorkerFailed(1, null));
      });
      child.once('exit', (code, signal) => {
        this.#running.delete(number);
        if (this.#signals > 0) {
          this.#code ||= inOrder(code, signal) ? 0 : (code ?? 1);
          this.#tellWhenAllClosed();
        }
        if (running.door === undefined) reject(new WorkerFailed(code, signal));
        else if (this.#signals === 0) {
          this.#options.log.error(
            { worker: number, code, signal },
            'a worker ended, another one takes its place',
          );
          this.#introduce();
          void this.#replace(number);
        }
      });
    });
  }

  async #replace(number: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await sleep(this.#pauseMs());
      if (this.#signals > 0) return;
      try {
        await this.#start(number);
        return;
      } catch (error) {
        if (this.#signals > 0) return;
        this.#options.log.error({ worker: number, attempt }, (error as Error).message);
        if (attempt < START_ATTEMPTS) continue;
        this.#options.log.fatal({ worker: number }, 'no other worker takes its place: the service ends');
        this.#options.onFailure(error as WorkerFailed);
        return;
      }
    }
  }

  /** The more workers ended lately, the longer the next one waits. */
  #pauseMs(): number {
    const now = performance.now();
    this.#ends = [...this.#ends.filter((end) => end > now - LATELY_MS), now];
    return Math.min(REPLACE_WITHIN_MS, REPLACE_AFTER_MS * 2 ** (this.#ends.length - 1));
  }

  #introduce(): void {
    const doors = [...this.#running].flatMap(([number, { door }]) =>
      door === undefined ? [] : [[number, door] as [number, number]],
    );
    const silent = [...this.#running].flatMap(([number, running]) => (isSilent(running) ? number : []));
    this.#tellAll({ kind: 'doors', count: this.#options.count, doors, silent });
  }

  /** Ends a worker that hangs, so that another one takes its place. One that starts or stops has limits of its own. */
  #ping(): void {
    if (this.#signals > 0) return;
    for (const [worker, running] of this.#running) {
      if (running.door === undefined) continue;
      running.unanswered++;
      if (running.unanswered > HUNG_PINGS) {
        this.#options.log.error({ worker }, 'a worker hangs and is ended');
        running.child.process.kill('SIGKILL');
      } else if (running.unanswered === SILENT_PINGS) this.#introduce();
    }
    this.#tellAll({ kind: 'ping' });
  }

  #tellWhenAllClosed(): void {
    if ([...this.#running.values()].every(({ closed }) => closed)) this.#tellAll({ kind: 'closed' });
  }

  #tellAll(message: ToWorker): void {
    for (const { child } of this.#running.values()) tell(child, message);
  }
}

/** One that ended a moment ago hears nothing any more. */
function tell(child: Child, message: ToWorker): void {
  if (child.isConnected()) child.send(message, () => undefined);
}

function isSilent({ unanswered }: Running): boolean {
  return unanswered >= SILENT_PINGS;
}

/** A signal to the whole group, as of Ctrl-C, ends a worker whose start has not come to its handlers yet. */
function inOrder(code: number | null, signal: string | null): boolean {
  return code === 0 || signal === 'SIGTERM' || signal === 'SIGINT';
}
