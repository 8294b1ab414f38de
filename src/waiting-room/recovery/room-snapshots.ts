import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Db } from '../../database/database.ts';

/** What is known of a room when nothing else is; ms since 1970 by the clock of Redis. */
export interface SeenRoom {
  /** When it began: its identity. */
  born: number;
  /** When it was last alive. */
  kept: number;
  /** The last sequence number given. */
  seq: number;
  /** People. */
  inside: number;
  /** Somebody waited. */
  line: boolean;
}

const WRITE_EVERY_MS = 5_000;
/** Longer than a loss can be found out after. */
const OF_USE = '2 days';
const ROOMS_KNOWN = 10_000;

/** What any instance saw of the rooms, in PostgreSQL, so that one that starts after Redis lost them knows what there was. */
export class SeenRooms {
  readonly #db: Db;
  readonly #seen = new LRUCache<string, SeenRoom>({ max: ROOMS_KNOWN });
  readonly #written = new LRUCache<string, number>({ max: ROOMS_KNOWN });
  readonly #due = new Set<string>();

  constructor(db: Db) {
    this.#db = db;
  }

  of(eventId: string): SeenRoom | undefined {
    return this.#seen.get(eventId);
  }

  note(eventId: string, room: SeenRoom): void {
    const { kept } = room;
    this.#seen.set(eventId, room);
    const written = this.#written.get(eventId) ?? 0;
    // In both directions, for a new Redis may have a clock of its own.
    if (Math.abs(kept - written) >= WRITE_EVERY_MS) this.#due.add(eventId);
  }

  async load(): Promise<void> {
    const rows = await this.#db
      .selectFrom('queue_rooms')
      .selectAll()
      .where('kept', '>', sql<number>`1000 * extract(epoch FROM now() - ${OF_USE}::interval)::bigint`)
      .orderBy('kept', 'desc')
      .limit(ROOMS_KNOWN)
      .execute();
    for (const { event_id, ...room } of rows.reverse()) this.#seen.set(event_id, room);
  }

  /** Writes what is due, in the order of ids, as every instance does; what another one wrote a moment ago stays. */
  async write(): Promise<void> {
    const due = [...this.#due].sort();
    this.#due.clear();
    const rows = due.flatMap((eventId) => {
      const room = this.#seen.peek(eventId);
      return room ? [{ eventId, ...room }] : [];
    });
    if (rows.length === 0) return;
    const column = (name: keyof SeenRoom | 'eventId') => rows.map((row) => row[name]);
    // Joined with events: one that is gone must not keep the others from being written.
    await sql`
      INSERT INTO queue_rooms AS known (event_id, born, kept, seq, inside, line)
      SELECT r.event_id, r.born, r.kept, r.seq, r.inside, r.line
      FROM unnest(${column('eventId')}::uuid[], ${column('born')}::bigint[], ${column('kept')}::bigint[],
        ${column('seq')}::bigint[], ${column('inside')}::integer[], ${column('line')}::boolean[])
        AS r (event_id, born, kept, seq, inside, line)
      JOIN events e ON e.id = r.event_id
      ORDER BY r.event_id
      ON CONFLICT (event_id) DO UPDATE SET born = excluded.born, kept = excluded.kept, seq = excluded.seq,
        inside = excluded.inside, line = excluded.line
      WHERE abs(excluded.kept - known.kept) >= ${WRITE_EVERY_MS}`.execute(this.#db);
    for (const { eventId, kept } of rows) this.#written.set(eventId, kept);
  }
}
