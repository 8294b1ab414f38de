import type { Db } from '../../database/database.ts';
import { type Claimed, claimDeliveries } from './claim.ts';
import { noteResults, type Result } from './results.ts';
import { type SendSettings, send, succeeded } from './send.ts';

const LOOK_EVERY_MS = 250;
/** Results that come at almost the same time are noted together. */
const GATHER_MS = 10;
/** Beyond the time limit of an attempt, for its result to be noted. */
const NOTING_MS = 5_000;
/** For messages that are on their way when the instance ends. */
const CLOSING_MS = 1_000;

export interface DispatcherOptions extends SendSettings {
  db: Db;
  onAttempt(outcome: 'delivered' | 'failed'): void;
  onError(error: Error): void;
  /** Results are noted, which takes a write. */
  onNoted(): void;
}

/**
 * Sends what is due. Rounds follow each other: note what came back, take what is due, send it without waiting. So deliveries use one
 * connection to PostgreSQL at a time, and none while an address takes its time.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #busy = new Map<string, number>();
  readonly #sending = new Set<Promise<void>>();
  #results: Result[] = [];
  #closing = false;
  #wake: () => void = () => undefined;
  readonly #running: Promise<void>;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** What is still on its way after a second is sent again by another instance, once its lease has ended. */
  async stop(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.#running;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSING_MS);
    });
    await Promise.race([Promise.all(this.#sending), late]);
    clearTimeout(timer);
    await this.#note().catch(this.#options.onError);
  }

  async #run(): Promise<void> {
    while (!this.#closing) {
      try {
        await this.#round();
      } catch (error) {
        this.#options.onError(error as Error);
      }
      if (!this.#closing) await this.#pause();
    }
  }

  async #round(): Promise<void> {
    await this.#note();
    const leaseMs = this.#options.timeoutMs + NOTING_MS;
    for (const claimed of await claimDeliveries(this.#options.db, this.#busy, leaseMs)) this.#send(claimed);
  }

  async #note(): Promise<void> {
    const results = this.#results;
    this.#results = [];
    try {
      await noteResults(this.#options.db, results);
      if (results.length > 0) this.#options.onNoted();
    } catch (error) {
      this.#results.unshift(...results);
      throw error;
    }
  }

  #send({ url, secrets, message, id, lease, attempts, webhookId }: Claimed): void {
    this.#busy.set(webhookId, (this.#busy.get(webhookId) ?? 0) + 1);
    const sending = send(url, secrets, message, this.#options).then((sent) => {
      const left = (this.#busy.get(webhookId) ?? 1) - 1;
      if (left > 0) this.#busy.set(webhookId, left);
      else this.#busy.delete(webhookId);
      this.#sending.delete(sending);
      this.#options.onAttempt(succeeded(sent) ? 'delivered' : 'failed');
      this.#results.push({ ...sent, id, lease, attempts, webhookId });
      this.#wake();
    });
    this.#sending.add(sending);
  }

  /** Until something came back, or it is time to look for new deliveries. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      let gathering = false;
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      this.#wake = () => {
        if (gathering) return;
        gathering = true;
        clearTimeout(timer);
        setTimeout(resolve, this.#closing ? 0 : GATHER_MS);
      };
      if (this.#results.length > 0) this.#wake();
    });
  }
}
