import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { statement } from '../../database/statements.ts';
import type { SeatChange, Touched } from '../../realtime/changes.ts';
import { Hall, type ReadRow } from './hall.ts';

/** The seats of all halls in memory, per instance. A seat takes about 200 bytes. */
const SEATS = 1_000_000;

/** A request is refused only by a hall that was read at most this long ago. Reading one of 50,000 seats takes 15 to 40 ms. */
const FRESH_MS = 1_000;

const statements = {
  hall: statement(new URL('./sql/hall.sql', import.meta.url)),
  available: statement(new URL('./sql/available-seats.sql', import.meta.url)),
  count: statement(new URL('./sql/count-available.sql', import.meta.url)),
};

/**
 * The halls in which buyers ask for the best seats. A batch reads them on its own connection: waiting for a second connection, or for
 * another batch, while it holds locks could mean waiting for itself.
 */
export class HallCache {
  readonly #halls = new LRUCache<string, Hall>({
    max: 10_000,
    maxSize: SEATS,
    sizeCalculation: ({ size }) => size + 1,
  });
  readonly #readings = new Set<{ eventId: string; heard: SeatChange[] }>();

  /** The hall, if it is in memory. */
  get(eventId: string): Hall | undefined {
    return this.#halls.get(eventId);
  }

  /** The hall from memory or from PostgreSQL. */
  async load(client: pg.PoolClient, eventId: string): Promise<Hall> {
    const known = this.get(eventId);
    if (known) return known;
    const askedAt = performance.now();
    const { rows, heard } = await this.#read<ReadRow>(client, statements.hall([eventId]), eventId);
    // Another batch may have read it meanwhile, and left seats out of it already.
    const other = this.get(eventId);
    if (other) return other;
    const hall = new Hall(rows, askedAt);
    for (const change of heard) hall.note(change);
    this.#halls.set(eventId, hall);
    return hall;
  }

  /**
   * Reads again what is available, unless it was read less than a second ago: this instance may have missed some changes.
   *
   * @param refusing a request is about to be refused: a recent hall is read again too, if its count of available seats differs from PostgreSQL's
   * @returns whether it was read
   */
  async refresh(
    client: pg.PoolClient,
    eventId: string,
    hall: Hall,
    { refusing }: { refusing: boolean },
  ): Promise<boolean> {
    const askedAt = performance.now();
    const recent = askedAt < hall.askedAt + FRESH_MS;
    if (recent && !(refusing && (await this.#countsDiffer(client, eventId, hall)))) return false;
    const { rows, heard } = await this.#read<{ seats: string }>(
      client,
      statements.available([eventId]),
      eventId,
    );
    hall.noteAvailable(versionsOf(rows[0]?.seats ?? ''), heard);
    hall.askedAt = askedAt;
    return true;
  }

  async #countsDiffer(client: pg.PoolClient, eventId: string, hall: Hall): Promise<boolean> {
    const { rows } = await client.query<{ available: number }>(statements.count([eventId]));
    return (rows[0]?.available ?? 0) !== hall.available;
  }

  drop(eventId: string): void {
    this.#halls.delete(eventId);
  }

  note({ eventId, seats }: Touched): void {
    const hall = this.#halls.peek(eventId);
    if (hall) for (const change of seats) hall.note(change);
    for (const reading of this.#readings) if (reading.eventId === eventId) reading.heard.push(...seats);
  }

  /** Collects the changes that arrive while it reads: they may be newer, and the hall that they belong to may not exist yet. */
  async #read<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    query: pg.QueryConfig,
    eventId: string,
  ): Promise<{ rows: Row[]; heard: SeatChange[] }> {
    const reading = { eventId, heard: [] };
    this.#readings.add(reading);
    try {
      const { rows } = await client.query<Row>(query);
      return { rows, heard: reading.heard };
    } finally {
      this.#readings.delete(reading);
    }
  }
}

function versionsOf(seats: string): Map<string, number> {
  if (seats === '') return new Map();
  return new Map(
    seats.split(',').map((seat) => {
      const [id = '', version] = seat.split('/');
      return [id, Number(version)];
    }),
  );
}
