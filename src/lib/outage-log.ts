import type { FastifyBaseLogger } from 'fastify';

/** Tells once that work that is repeated fails, and once that it succeeds again. */
export class OutageLog {
  readonly #log: FastifyBaseLogger;
  readonly #messages: { fails: string; works: string };
  #fails = false;

  constructor(log: FastifyBaseLogger, messages: { fails: string; works: string }) {
    this.#log = log;
    this.#messages = messages;
  }

  failed(err: Error): void {
    if (!this.#fails) this.#log.warn({ err }, this.#messages.fails);
    this.#fails = true;
  }

  worked(): void {
    if (this.#fails) this.#log.info(this.#messages.works);
    this.#fails = false;
  }
}
