import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { sql } from 'kysely';
import { isPostgresUnavailable } from '../errors/postgres-failures.ts';
import { every } from '../lib/repeat.ts';
import type { Db } from './database.ts';

const CHECK_EVERY_MS = 1_000;
/** How often a replica is asked whether it has caught up: a streaming one takes a few ms. */
const LOOK_AGAIN_MS = 10;
const STATEMENT_TIMEOUT = '57014';

type Read<T> = (db: Db) => Promise<T>;

/**
 * Reads from a replica what it has. Each read first asks the primary how far it has written, which costs it 0.1 ms, and waits until
 * the replica has replayed that much. So a read never misses a commit that was answered before it began, of any user, on any instance.
 *
 * A replica that takes longer than the limit, or fails, is not asked again until a check finds that it has caught up. The primary
 * answers meanwhile, and so it does for the read that has met the failure.
 */
export class ReadReplica {
  readonly #primary: Db;
  readonly #replica: Db;
  readonly #maxLagMs: number;
  readonly #log: FastifyBaseLogger;
  readonly #stop: () => Promise<void>;
  #used = false;

  /** @param replica short statements ask here whether it has caught up */
  constructor(primary: Db, replica: Db, maxLagMs: number, log: FastifyBaseLogger) {
    this.#primary = primary;
    this.#replica = replica;
    this.#maxLagMs = maxLagMs;
    this.#log = log;
    this.#stop = every(
      CHECK_EVERY_MS,
      () => this.#check(),
      () => undefined,
      0,
    );
  }

  /** Whether reads go to the replica. */
  get used(): boolean {
    return this.#used;
  }

  /** Reads on the replica, or on the primary if the replica can't answer. */
  async read<T>(primary: Db, replica: Db, query: Read<T>): Promise<T> {
    const current = await this.currentOf(primary, replica);
    try {
      return await query(current);
    } catch (error) {
      const { code } = error as { code?: unknown };
      // What takes too long there takes too long here.
      if (current === primary || code === STATEMENT_TIMEOUT || !isPostgresUnavailable(error as Error))
        throw error;
      this.#rest(error as Error);
      return await query(primary);
    }
  }

  /** The replica if it has everything that is committed now, else the primary. */
  async currentOf(primary: Db, replica: Db): Promise<Db> {
    if (!this.#used) return primary;
    try {
      await this.#catchUp();
      return replica;
    } catch (error) {
      this.#rest(error as Error);
      return primary;
    }
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  async #check(): Promise<void> {
    try {
      await this.#catchUp();
      if (!this.#used) this.#log.info('the read replica has caught up: reads go there');
      this.#used = true;
    } catch (error) {
      this.#rest(error as Error);
    }
  }

  #rest({ message }: Error): void {
    if (this.#used)
      this.#log.warn({ reason: message }, 'the read replica is late or away: reads go to the primary');
    this.#used = false;
  }

  /** @throws if the replica hasn't got in time what the primary has now */
  async #catchUp(): Promise<void> {
    const { rows } = await sql<{ written: string }>`SELECT pg_current_wal_lsn() AS written`.execute(
      this.#primary,
    );
    const written = rows[0]?.written;
    const ended = new AbortController();
    const late = sleep(this.#maxLagMs, undefined, { signal: ended.signal }).then(
      () => {
        throw new Error(`it lags more than ${this.#maxLagMs} ms`);
      },
      () => undefined,
    );
    try {
      await Promise.race([late, this.#hasReplayed(written as string, ended.signal)]);
    } finally {
      ended.abort();
    }
  }

  async #hasReplayed(written: string, ended: AbortSignal): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ there: boolean | null }>`
        SELECT pg_last_wal_replay_lsn() >= ${written}::pg_lsn AS there`.execute(this.#replica);
      if (rows[0]?.there || ended.aborted) return;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
