import pg from 'pg';

/** PostgreSQL refused something. After any other error the connection may be in the middle of an answer, or lost. */
export function isRefusal(error: unknown): error is pg.DatabaseError {
  // 57P: the server ends the connection. The class and not the form of the code: EPIPE looks like one of PostgreSQL's.
  return error instanceof pg.DatabaseError && !error.code?.startsWith('57P');
}

/** Lends a connection, and gives it up if it may be spoilt. */
export async function withConnection<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let spoilt = false;
  try {
    return await work(client);
  } catch (error) {
    spoilt = !isRefusal(error);
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

/** One connection for transactions that follow one another closely: the next one is sent while the one before it commits. */
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
      if (!isRefusal(error)) this.#giveUp(lent);
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

  /** Whoever comes next gets another one. */
  #giveUp(lent: Lent): void {
    lent.spoilt = true;
    if (this.#lent === lent) this.#lent = undefined;
  }
}
