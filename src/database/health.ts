import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import { OutageLog } from '../lib/outage-log.ts';
import { every } from '../lib/repeat.ts';

const CHECK_EVERY_MS = 1_000;
/** A PostgreSQL that takes longer counts as down. */
const PATIENCE_MS = 2_000;

/** New sessions are read-only: a standby, a server after a switchover, or one whose disk is full. */
class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';
}

/**
 * Asks PostgreSQL every second for what selling needs: a session that may write. It asks on a connection of its own, so that a busy pool
 * doesn't look like an outage. When a connection fails in a way that may concern all, it asks on a new one: after a switchover, open
 * connections still lead to the server that can't write. The log gets one line when PostgreSQL goes down, and one when it is back.
 */
export class PostgresHealth {
  readonly #options: pg.ClientConfig;
  readonly #log: FastifyBaseLogger;
  readonly #renew: (openedBefore: number) => void;
  readonly #outages: OutageLog;
  readonly #stop: () => Promise<void>;
  #client: pg.Client | undefined;
  #suspicion: Error | undefined;
  #checking: Promise<void> | undefined;
  #up = true;

  /** @param renew retires the connections of the pools that were opened before a moment */
  constructor(options: pg.ClientConfig, log: FastifyBaseLogger, renew: (openedBefore: number) => void) {
    this.#options = { ...options, connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS };
    this.#log = log;
    this.#renew = renew;
    this.#outages = new OutageLog(log, {
      fails: 'PostgreSQL is down or read-only: what needs it is answered 503 until it is back',
      works: 'PostgreSQL is back',
    });
    const reported = () => undefined;
    this.#stop = every(CHECK_EVERY_MS, () => this.check(), reported);
  }

  /** Whether a session could write when PostgreSQL was last asked. */
  get up(): boolean {
    return this.#up;
  }

  /**
   * Asks now, or waits for the answer to the question under way.
   *
   * @throws if no session can write
   */
  check(): Promise<void> {
    this.#checking ??= this.#ask().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Reports an error of a connection that may concern all others. The next question goes through a new connection. */
  suspect(error: Error): void {
    this.#suspicion ??= error;
  }

  async stop(): Promise<void> {
    await this.#stop();
    await this.#checking?.catch(() => undefined);
    await this.#client?.end();
  }

  async #ask(): Promise<void> {
    const suspicion = this.#suspicion;
    this.#suspicion = undefined;
    const begun = performance.now();
    const kept = this.#up && !suspicion ? this.#client : undefined;
    try {
      if (!kept) await this.#connect();
      await this.#askForWriting();
    } catch (error) {
      this.#disconnect();
      this.#up = false;
      this.#outages.failed(error as Error);
      throw error;
    }
    if (!kept) this.#renew(begun);
    if (this.#up && suspicion)
      this.#log.warn({ reason: suspicion.message }, 'a PostgreSQL connection failed: all were renewed');
    this.#up = true;
    this.#outages.worked();
  }

  async #connect(): Promise<void> {
    this.#disconnect();
    const client = new pg.Client(this.#options);
    this.#client = client;
    client.on('error', (error) => this.suspect(error));
    await client.connect();
  }

  async #askForWriting(): Promise<void> {
    const answer = await this.#client?.query('SHOW transaction_read_only');
    if (answer?.rows[0]?.transaction_read_only !== 'off')
      throw new ReadOnlyError('its sessions are read-only');
  }

  #disconnect(): void {
    this.#client?.end().catch(() => undefined);
    this.#client = undefined;
  }
}
