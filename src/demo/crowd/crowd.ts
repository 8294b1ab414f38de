import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate as breath, setTimeout as sleep } from 'node:timers/promises';
import {
  type CrowdSettings,
  type Figures,
  type FromWorker,
  type Manners,
  NO_FIGURES,
  type ToWorker,
} from './messages.ts';
import { type CrowdRecord, emptyRecord } from './record.ts';

const WORKER = join(import.meta.dirname, 'worker/main.ts');
/** 5,000 in line need 4 s to leave it, and on a busy machine 10. */
const LEAVES_WITHIN_MS = 20_000;
/** Node.js lets a young heap grow before it collects: 5,000 buyers take 200 MB with these, and 330 MB without. */
const SMALL_HEAP = ['--optimize-for-size', '--max-semi-space-size=2'];
/** Signing takes 20 µs a token: not all 5,000 in one go. */
const TOKENS_AT_ONCE = 100;
/** A crowd of 5,000 takes a tenth of a core of the service, and a sixth for itself. In line, each one asks every 50 seconds. */
const GENTLE: Manners = { arrivalMs: 30_000, requestsPerSecond: 300, inFlight: 48, pollsPerSecond: 100 };

export interface CrowdStatus extends CrowdSettings, Figures {
  eventId: string;
  /** `gone`: all have bought, given up or were refused, or the crowd was sent home. */
  state: 'here' | 'leaving' | 'gone';
}

/** Signs a token for a new user. */
export type Sign = (role: 'user' | 'service') => string;

/** Simulated buyers of one event, in a process of their own, which ends with this one. */
export class Crowd {
  readonly #eventId: string;
  readonly #sign: Sign;
  readonly #worker: ChildProcess;
  readonly #ended: Promise<unknown>;
  #settings: CrowdSettings;
  #figures: Figures = NO_FIGURES;
  #record = emptyRecord();
  #state: CrowdStatus['state'] = 'here';
  #signed = 0;

  constructor(origin: string, eventId: string, settings: CrowdSettings, sign: Sign, manners = GENTLE) {
    this.#eventId = eventId;
    this.#settings = settings;
    this.#sign = sign;
    // The secret and the passwords of the service are in its environment, and not in the worker's.
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    this.#worker = fork(WORKER, {
      execArgv: SMALL_HEAP,
      env: { PATH, NODE_COMPILE_CACHE },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#worker.on('message', ({ figures, record }: FromWorker) => {
      this.#figures = figures;
      this.#record = record;
    });
    this.#ended = once(this.#worker, 'exit').finally(() => {
      this.#state = 'gone';
    });
    this.#ended.catch(() => undefined);
    this.#tell({ kind: 'start', origin, eventId, paymentToken: sign('service'), settings, manners });
    void this.#signTokens();
  }

  get status(): CrowdStatus {
    return { eventId: this.#eventId, state: this.#state, ...this.#settings, ...this.#figures };
  }

  get record(): CrowdRecord {
    return this.#record;
  }

  /** Resolves when all buyers have gone, and rejects if their process didn't start. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Tells the crowd how far the line has come, as others saw it. */
  hear(rank: number): void {
    this.#tell({ kind: 'inside', rank });
  }

  change(settings: Partial<CrowdSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#tell({ kind: 'settings', settings: this.#settings });
    void this.#signTokens();
  }

  /** Sends all home. They leave the line and cancel what they hold. */
  async leave(): Promise<void> {
    if (this.#state === 'gone') return;
    this.#state = 'leaving';
    this.#tell({ kind: 'leave' });
    await Promise.race([this.#ended, sleep(LEAVES_WITHIN_MS, undefined, { ref: false })]);
    await this.kill();
  }

  /** Without a word: their places and holds end by themselves. */
  async kill(): Promise<void> {
    this.#worker.kill('SIGKILL');
    await this.#ended.catch(() => undefined);
  }

  async #signTokens(): Promise<void> {
    while (this.#signed < this.#settings.buyers && this.#state === 'here') {
      const count = Math.min(TOKENS_AT_ONCE, this.#settings.buyers - this.#signed);
      this.#signed += count;
      this.#tell({ kind: 'tokens', tokens: Array.from({ length: count }, () => this.#sign('user')) });
      await breath();
    }
  }

  #tell(message: ToWorker): void {
    // It may have ended a moment ago.
    if (this.#worker.connected) this.#worker.send(message, () => undefined);
  }
}
