import type pg from 'pg';
import { postgresFailure } from '../../errors/postgres-failures.ts';

/** Lends a connection, and discards it if an error may have spoilt it. */
export async function withConnection<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let spoilt = false;
  try {
    return await work(client);
  } catch (error) {
    spoilt = postgresFailure(error).spoilt === true;
    throw error;
  } finally {
    client.release(spoilt);
  }
}

interface Lent {
  client: Promise<pg.PoolClient>;
  users: number;
  spoilt: boolean;
}

/** One connection for transactions that follow one another closely: the next one is sent while the one before commits. */
export class SharedConnection {
  readonly #pool: pg.Pool;
  #lent: Lent | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async use<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    this.#lent ??= { client: this.#pool.connect(), users: 0, spoilt: false };
    const lent = this.#lent;
    lent.users++;
    try {
      return await work(await lent.client);
    } catch (error) {
      if (postgresFailure(error).spoilt) this.#giveUp(lent);
      throw error;
    } finally {
      if (--lent.users === 0) {
        if (this.#lent === lent) this.#lent = undefined;
        lent.client.then(
          (client) => client.release(lent.spoilt),
          () => undefined,
        );
      }
    }
  }

  /** The next transaction gets another connection. */
  #giveUp(lent: Lent): void {
    lent.spoilt = true;
    if (this.#lent === lent) this.#lent = undefined;
  }
}
