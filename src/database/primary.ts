import pg from 'pg';
import type { DatabaseSettings } from '../config/servers.ts';
import type { Address } from '../config/variable.ts';
import { connectionOptions } from './database.ts';
import { timelineIn } from './timeline.ts';

/** A server that is cut off must not hold up the search for the others. */
const PATIENCE_MS = 1_000;

/** Which of the servers of a database accepts writes. It starts as the first one, and changes when `find` finds another. */
export class Primary {
  readonly #servers: Address[];
  #address: Address;
  #timeline = 0;

  constructor({ host, port, others = [] }: Pick<DatabaseSettings, 'host' | 'port' | 'others'>) {
    this.#address = { host, port };
    this.#servers = [this.#address, ...others];
  }

  get address(): Address {
    return this.#address;
  }

  /**
   * Asks all servers, if there are several. If more than one accepts writes, it is the one that was promoted last: an old primary that
   * starts again by itself is on an earlier timeline, and what it sells is sold twice. If none does, the address stays as it is.
   *
   * @param options to connect with
   */
  async find(options: pg.ClientConfig): Promise<void> {
    if (this.#servers.length === 1) return;
    const timelines = await Promise.all(this.#servers.map((server) => timelineOf({ ...options, ...server })));
    const newest = Math.max(...timelines);
    if (newest < this.#timeline) return;
    this.#timeline = newest;
    // Where timelines are hidden, the one in use stays.
    if (timelines[this.#servers.indexOf(this.#address)] !== newest)
      this.#address = this.#servers[timelines.indexOf(newest)] as Address;
  }
}

/** The settings that lead to the server that accepts writes, or to the first one if none does. */
export async function settingsOfPrimary(settings: DatabaseSettings): Promise<DatabaseSettings> {
  const primary = new Primary(settings);
  await primary.find(connectionOptions(settings));
  return { ...settings, ...primary.address, others: [] };
}

/** @returns the number of promotions that the server descends from, -1 if it accepts no writes */
async function timelineOf(options: pg.ClientConfig): Promise<number> {
  const client = new pg.Client({
    ...options,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query('SHOW transaction_read_only');
    if (rows[0]?.transaction_read_only !== 'off') return -1;
    // Some providers hide their WAL.
    const wal = await client
      .query<{ file: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS file')
      .catch(() => undefined);
    return wal?.rows[0] ? timelineIn(wal.rows[0].file) : 0;
  } catch {
    return -1;
  } finally {
    client.end().catch(() => undefined);
  }
}
