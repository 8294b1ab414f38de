import pg from 'pg';
import type { Connection } from '../harness/postgres-server.ts';
import { digest, stockLine } from './digest.ts';
import type { Picture } from './history.ts';

/** The event in PostgreSQL, which is the truth. */
export class Truth {
  readonly #client: pg.Client;
  readonly #eventId: string;

  private constructor(client: pg.Client, eventId: string) {
    this.#client = client;
    this.#eventId = eventId;
  }

  static async open(connection: Connection, eventId: string): Promise<Truth> {
    const client = new pg.Client(connection);
    client.on('error', () => undefined);
    await client.connect();
    return new Truth(client, eventId);
  }

  async version(): Promise<number> {
    return Number((await this.#row('SELECT version FROM event_seats WHERE event_id = $1')).version);
  }

  /** How many holds may still expire. */
  async pending(): Promise<number> {
    const query = `SELECT count(*) AS pending FROM reservations WHERE event_id = $1 AND status = 'pending'`;
    return Number((await this.#row(query)).pending);
  }

  /** The whole event in one statement, so at one version. */
  async picture(): Promise<Picture> {
    const row = await this.#row(
      `SELECT e.version,
         (SELECT array_agg(CASE status WHEN 'available' THEN 0 WHEN 'locked' THEN 1 ELSE 2 END
            ORDER BY section, row_number, seat_number, id) FROM seats WHERE event_id = $1) AS codes,
         (SELECT json_agg(json_build_object('ticketTypeId', id, 'availableQuantity', available_quantity,
            'totalQuantity', total_quantity)) FROM ticket_types WHERE event_id = $1) AS stock
       FROM event_seats e WHERE e.event_id = $1`,
    );
    const { version, codes, stock } = row as {
      version: string;
      codes: number[];
      stock: Parameters<typeof stockLine>[0][];
    };
    return {
      version: Number(version),
      seats: digest(Uint8Array.from(codes)),
      stock: stock.map(stockLine).sort(),
    };
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #row(query: string): Promise<Record<string, unknown>> {
    const { rows } = await this.#client.query(query, [this.#eventId]);
    return rows[0] as Record<string, unknown>;
  }
}
