import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Behaviour } from './options.ts';

const AGAIN_MS = 200;

/**
 * A connection that only its owner ends. ioredis also ends one that finds no address, and for good: if no node of a cluster can be asked
 * for it, or if a Sentinel tells of a failover at the moment that it is asked.
 */
export class LastingRedis extends Redis {
  #isOver = false;

  constructor(options: Behaviour) {
    super(options);
    this.on('end', () => void this.#connectAgain());
  }

  /** Whether its owner has ended it. */
  protected get isOver(): boolean {
    return this.#isOver;
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) this.#isOver = true;
    super.disconnect(reconnect);
  }

  async #connectAgain(): Promise<void> {
    await sleep(AGAIN_MS, undefined, { ref: false });
    // If it fails, it ends again.
    if (!this.#isOver && this.status === 'end') await this.connect().catch(() => undefined);
  }
}
