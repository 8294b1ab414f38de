import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { statement } from '../../database/statements.ts';
import type { Changes, SeatChange } from '../../realtime/changes.ts';
import { Hall, type ReadRow } from './hall.ts';

/** Of all halls in memory, per instance; a seat takes about 200 bytes. */
const SEATS = 1_000_000;

/** How old a picture may be that somebody is refused by. A hall of 50,000 seats takes 15 to 40 ms to look through. */
const FRESH_MS = 1_000;

const statements = {
  hall: statement(new URL('./sql/hall.sql', import.meta.url)),
  available: statement(new URL('./sql/available-seats.sql', import.meta.url)),
  count: statement(new URL('./sql/count-available.sql', import.meta.url)),
};

/**
 * The halls that buyers ask for the best seats of. They are read on the connection of whoever needs them: a batch that
 * waited for a second connection, or for another batch, while it holds locks could wait for itself.
 */
export class HallCache {
  readonly #halls = new LRUCache<string, Hall>({
    max: 10_000,
    maxSize: SEATS,
    sizeCalculation: ({ size }) => size + 1,
  });
  readonly #readings = new Set<{ eventId: string; heard: SeatChange[] }>();

  /** The hall as far as it is in memory. */
  known(eventId: string): Hall | undefined {
    return this.#halls.get(eventId);
  }

  async get(client: pg.PoolClient, eventId: string): Promise<Hall> {
    const known = this.known(eventId);
    if (known) return known;
    const askedAt = performance.now();
    const { rows, heard } = await this.#read<ReadRow>(client, statements.hall([eventId]), eventId);
    // Whoever was faster: others may have left seats out of it already.
    const other = this.known(eventId);
    if (other) return other;
    const hall = new Hall(rows, askedAt);
    for (const change of heard) hall.note(change);
    this.#halls.set(eventId, hall);
    return hall;
  }

  /**
   * Asks PostgreSQL what is available, unless that was asked less than a second ago: this instance may not have heard of all
   * that was freed.
   *
   * @param refusing somebody is about to be refused: it is asked as well where PostgreSQL counts other than this picture
   * @returns whether it asked
   */
  async refresh(
    client: pg.PoolClient,
    eventId: string,
    hall: Hall,
    { refusing }: { refusing: boolean },
  ): Promise<boolean> {
    const askedAt = performance.now();
    const recent = askedAt < hall.askedAt + FRESH_MS;
    if (recent && !(refusing && (await this.#countsOther(client, eventId, hall)))) return false;
    const { rows, heard } = await this.#read<{ seats: string }>(
      client,
      statements.available([eventId]),
      eventId,
    );
    hall.noteAvailable(versionsOf(rows[0]?.seats ?? ''), heard);
    hall.askedAt = askedAt;
    return true;
  }

  async #countsOther(client: pg.PoolClient, eventId: string, hall: Hall): Promise<boolean> {
    const { rows } = await client.query<{ available: number }>(statements.count([eventId]));
    return (rows[0]?.available ?? 0) !== hall.available;
  }

  drop(eventId: string): void {
    this.#halls.delete(eventId);
  }

  note({ eventId, seats }: Changes): void {
    const hall = this.#halls.peek(eventId);
    if (hall) for (const change of seats) hall.note(change);
    for (const reading of this.#readings) if (reading.eventId === eventId) reading.heard.push(...seats);
  }

  /** What is heard of while reading may be newer than what is read, and is lost on a hall that isn't there yet. */
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
