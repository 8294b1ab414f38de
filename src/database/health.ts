import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import { reasonOf } from '../errors/reason.ts';
import { answerTimer } from '../lib/answer-timer.ts';
import { every } from '../lib/repeat.ts';
import type { Primary } from './primary.ts';

const CHECK_EVERY_MS = 1_000;
/** How often several servers are compared while the one in use answers. It takes a connection to each. */
const COMPARE_EVERY_MS = 5_000;
/** A PostgreSQL that takes longer counts as down. */
const PATIENCE_MS = 2_000;

/** A connection that stays open and gives no answer. */
class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

/** A standby, a server after a switchover, or one whose provider stops writes, for example because its disk is full. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';
  /** As PostgreSQL itself refuses a write. */
  readonly code = '25006';
}

/**
 * Asks PostgreSQL every second for what selling needs: a session that may write. It asks on a connection of its own, so that a busy pool
 * doesn't look like an outage. After a failure that may concern all connections, it asks on a new one: after a switchover, open
 * connections still lead to the server that can't write, and of several servers another one may be the primary.
 *
 * The log gets one line when PostgreSQL goes down, and one when it is back.
 */
export class PostgresHealth {
  readonly #options: pg.ClientConfig;
  readonly #primary: Primary;
  readonly #log: FastifyBaseLogger;
  readonly #renew: (openedBefore: number, silent: boolean) => void;
  readonly #stop: () => Promise<void>;
  readonly #stopComparing: () => Promise<void>;
  #client: pg.Client | undefined;
  #suspicion: Error | undefined;
  #checking: Promise<void> | undefined;
  #up = true;
  #latencyMs = 0;
  /** The connection that was kept got no answer. Those of the pools may be as cut off as that one. */
  #silent = false;

  /** @param renew retires the connections of the pools that were opened before a moment; silent ones get no answers any more */
  constructor(
    options: pg.ClientConfig,
    primary: Primary,
    log: FastifyBaseLogger,
    renew: (openedBefore: number, silent: boolean) => void,
  ) {
    this.#options = { ...options, connectionTimeoutMillis: PATIENCE_MS };
    this.#primary = primary;
    this.#log = log;
    this.#renew = renew;
    const reported = () => undefined;
    this.#stop = every(CHECK_EVERY_MS, () => this.check(), reported);
    this.#stopComparing = every(COMPARE_EVERY_MS, () => this.#compare(), reported);
  }

  /** Whether a session could write when PostgreSQL was last asked. */
  get up(): boolean {
    return this.#up;
  }

  /** How long the last answer took. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /**
   * Asks now, or waits for the answer to the question under way.
   *
   * @throws if no session can write
   */
  check(): Promise<void> {
    this.#checking ??= this.#ask().then(
      () => {
        this.#checking = undefined;
        if (!this.#up) this.#log.info('PostgreSQL is back');
        this.#up = true;
      },
      (error: Error) => {
        this.#checking = undefined;
        if (this.#up)
          this.#log.error(
            { reason: reasonOf(error) },
            'PostgreSQL is down or read-only: sales are answered 503 until it is back',
          );
        this.#up = false;
        throw error;
      },
    );
    return this.#checking;
  }

  /** Reports an error of a connection that may concern all others. The next question goes through a new connection. */
  suspect(error: Error): void {
    this.#suspicion ??= error;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#stop(), this.#stopComparing()]);
    await this.#checking?.catch(() => undefined);
    // Not awaited: a server that doesn't answer doesn't confirm the end either.
    this.#client?.end().catch(() => undefined);
  }

  /** A server that was promoted counts, even if the one before it still accepts writes. */
  async #compare(): Promise<void> {
    const { address } = this.#primary;
    await this.#primary.find(this.#options);
    if (this.#primary.address !== address) this.suspect(new Error('another server was promoted'));
  }

  async #ask(): Promise<void> {
    if (this.#up && !this.#suspicion && (await this.#keptWrites())) return;
    const suspicion = this.#suspicion;
    this.#suspicion = undefined;
    const begun = performance.now();
    let client: pg.Client;
    try {
      client = await this.#open();
    } catch (error) {
      // If the server takes no more connections, selling goes on with those that are open.
      if (!this.#up || !(await this.#keptWrites())) throw error;
      this.#suspicion ??= suspicion;
      return;
    }
    await this.#askForWriting(client);
    this.#client?.end().catch(() => undefined);
    this.#client = client;
    this.#renew(begun, this.#silent);
    this.#silent = false;
    if (this.#up && suspicion)
      this.#log.warn({ reason: reasonOf(suspicion) }, 'a PostgreSQL connection failed: all are replaced');
  }

  /** Whether the connection that was kept may write. If not, it is given up, and a new one tells more. */
  async #keptWrites(): Promise<boolean> {
    const client = this.#client;
    if (!client) return false;
    try {
      await this.#askForWriting(client);
      return true;
    } catch (error) {
      this.#client = undefined;
      this.#silent = error instanceof SilenceError;
      this.suspect(error as Error);
      return false;
    }
  }

  async #open(): Promise<pg.Client> {
    await this.#primary.find(this.#options);
    const client = new pg.Client({ ...this.#options, ...this.#primary.address });
    client.on('error', (error) => {
      if (this.#client === client) this.#client = undefined;
      this.suspect(error);
    });
    await client.connect();
    return client;
  }

  /** @throws after it has closed the connection */
  async #askForWriting(client: pg.Client): Promise<void> {
    const asked = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const error = new SilenceError(`no answer for ${PATIENCE_MS / 1_000} s`);
      timer = answerTimer(PATIENCE_MS, () => reject(error));
    });
    try {
      const { rows } = await Promise.race([client.query('SHOW transaction_read_only'), silence]);
      this.#latencyMs = performance.now() - asked;
      if (rows[0]?.transaction_read_only !== 'off') throw new ReadOnlyError('its sessions are read-only');
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
