import type { FastifyBaseLogger } from 'fastify';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Db } from '../../database/database.ts';
import { every } from '../../lib/repeat.ts';
import type { RoomSnapshot } from '../types.ts';

const LOOK_EVERY_MS = 500;
const WRITE_EVERY_MS = 5_000;
/** Longer than the time after which a loss can still be noticed. */
const OF_USE = '2 days';
const ROOMS_KNOWN = 10_000;

/** Snapshots of the rooms in PostgreSQL. An instance that starts after Redis lost a room knows from them what there was. */
export class RoomSnapshots {
  readonly #db: Db;
  readonly #log: FastifyBaseLogger;
  readonly #known = new LRUCache<string, RoomSnapshot>({ max: ROOMS_KNOWN });
  readonly #written = new LRUCache<string, number>({ max: ROOMS_KNOWN });
  readonly #due = new Set<string>();
  #stop: (() => Promise<void>) | undefined;

  constructor(db: Db, log: FastifyBaseLogger) {
    this.#db = db;
    this.#log = log;
  }

  async start(): Promise<void> {
    await this.#load();
    this.#stop = every(
      LOOK_EVERY_MS,
      () => this.#write(),
      (err) => this.#log.debug({ err }, 'the snapshots of the waiting rooms are not written'),
    );
  }

  async stop(): Promise<void> {
    await this.#stop?.();
  }

  /** The last state of a room known here, or to any instance before this one started. */
  of(eventId: string): RoomSnapshot | undefined {
    return this.#known.get(eventId);
  }

  /** Costs nothing: a snapshot is written every few seconds. */
  note(eventId: string, snapshot: RoomSnapshot): void {
    this.#known.set(eventId, snapshot);
    const written = this.#written.get(eventId) ?? 0;
    // In both directions: a new Redis may have a clock that is behind.
    if (Math.abs(snapshot.kept - written) >= WRITE_EVERY_MS) this.#due.add(eventId);
  }

  async #load(): Promise<void> {
    const rows = await this.#db
      .selectFrom('queue_rooms')
      .selectAll()
      .where('kept', '>', sql<number>`1000 * extract(epoch FROM now() - ${OF_USE}::interval)::bigint`)
      .orderBy('kept', 'desc')
      .limit(ROOMS_KNOWN)
      .execute();
    for (const { event_id, ...snapshot } of rows.reverse()) this.#known.set(event_id, snapshot);
  }

  /** In the order of ids, as every instance does, so that no two of them deadlock. */
  async #write(): Promise<void> {
    const rows = [...this.#due].sort().flatMap((eventId) => {
      const snapshot = this.#known.peek(eventId);
      return snapshot ? [{ eventId, ...snapshot }] : [];
    });
    if (rows.length === 0) return;
    const column = (name: keyof RoomSnapshot | 'eventId') => rows.map((row) => row[name]);
    // The join leaves out deleted events, which would make the whole statement fail. A row that another instance wrote a moment ago stays.
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
    for (const { eventId, kept } of rows) {
      this.#written.set(eventId, kept);
      this.#due.delete(eventId);
    }
  }
}
