import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { sql } from 'kysely';
import { isPostgresUnavailable } from '../errors/postgres-failures.ts';
import { every } from '../lib/repeat.ts';
import type { Db } from './database.ts';
import { timelineIn } from './timeline.ts';

const CHECK_EVERY_MS = 1_000;
/** How often a replica is asked whether it has caught up: a streaming one takes a few ms. */
const LOOK_AGAIN_MS = 10;
const STATEMENT_TIMEOUT = '57014';

type Read<T> = (db: Db) => Promise<T>;

/**
 * Reads from a replica what it has. Each read first asks the primary how far it has written, which costs it 0.1 ms, and waits until
 * the replica has replayed that much. So a read never misses a commit that was answered before it began, of any user, on any instance.
 *
 * Positions are comparable on one timeline only. After a failover, a replica that the new primary has left behind may be ahead by number,
 * and still lack what was sold since.
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
  /** `undefined` until it is known, so that the log also tells of a replica that is away from the start. */
  #used: boolean | undefined;
  /** That of the replica, when it was last checked. */
  #timeline: number | undefined;

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
    return this.#used === true;
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
      this.#timeline = await this.#timelineOfReplica();
      await this.#catchUp();
      if (!this.#used) this.#log.info('the read replica has caught up: reads go there');
      this.#used = true;
    } catch (error) {
      this.#rest(error as Error);
    }
  }

  #rest({ message }: Error): void {
    if (this.#used !== false)
      this.#log.warn({ reason: message }, 'reads go to the primary until the read replica is up to date');
    this.#used = false;
  }

  /** @throws if the replica hasn't got in time what the primary has now */
  async #catchUp(): Promise<void> {
    const { rows } = await sql<{ written: string; file: string }>`
      SELECT written, pg_walfile_name(written) AS file FROM pg_current_wal_lsn() AS written`.execute(
      this.#primary,
    );
    const { written, file } = rows[0] as (typeof rows)[0];
    const timeline = timelineIn(file);
    if (timeline !== this.#timeline)
      throw new Error(`it is on timeline ${this.#timeline}, the primary on ${timeline}`);
    const ended = new AbortController();
    const late = sleep(this.#maxLagMs, undefined, { signal: ended.signal }).then(
      () => {
        throw new Error(`it lags more than ${this.#maxLagMs} ms`);
      },
      () => undefined,
    );
    try {
      await Promise.race([late, this.#hasReplayed(written, ended.signal)]);
    } finally {
      ended.abort();
    }
  }

  async #hasReplayed(written: string, ended: AbortSignal): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ there: boolean | null; follows: boolean }>`
        SELECT pg_last_wal_replay_lsn() >= ${written}::pg_lsn AS there, pg_is_in_recovery() AS follows`.execute(
        this.#replica,
      );
      if (!rows[0]?.follows) throw new Error('it accepts writes, and follows no primary');
      if (rows[0]?.there || ended.aborted) return;
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** A user without the role pg_monitor doesn't see what is received, and the control file tells minutes after a failover. */
  async #timelineOfReplica(): Promise<number | undefined> {
    const { rows } = await sql<{ timeline: number }>`
      SELECT coalesce((SELECT received_tli FROM pg_stat_wal_receiver), timeline_id) AS timeline
      FROM pg_control_checkpoint()`.execute(this.#replica);
    return rows[0]?.timeline;
  }
}
