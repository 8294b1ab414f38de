import type { FastifyBaseLogger } from 'fastify';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Db } from '../../database/database.ts';
import type { RoomSnapshot } from '../../database/schema.ts';
import { OutageLog } from '../../lib/outage-log.ts';
import { every } from '../../lib/repeat.ts';

const LOOK_EVERY_MS = 500;
const WRITE_EVERY_MS = 5_000;
/** Longer than the time after which a loss can still be noticed. */
const OF_USE = '2 days';
const ROOMS_KNOWN = 10_000;

/** Snapshots of the rooms in PostgreSQL. An instance that starts after Redis lost a room knows from them what there was. */
export class RoomSnapshots {
  readonly #db: Db;
  readonly #outages: OutageLog;
  readonly #known = new LRUCache<string, RoomSnapshot>({ max: ROOMS_KNOWN });
  /** `kept` of the snapshot of each room that was written last, or is being written. */
  readonly #written = new LRUCache<string, number>({ max: ROOMS_KNOWN });
  readonly #due = new Set<string>();
  #stop: (() => Promise<void>) | undefined;

  constructor(db: Db, log: FastifyBaseLogger) {
    this.#db = db;
    this.#outages = new OutageLog(log, {
      fails: 'the snapshots of the waiting rooms are not written until PostgreSQL is back',
      works: 'the snapshots of the waiting rooms are written again',
    });
  }

  async load(): Promise<void> {
    const rows = await this.#db
      .selectFrom('queue_rooms')
      .selectAll()
      .where('kept', '>', sql<number>`1000 * extract(epoch FROM now() - ${OF_USE}::interval)::bigint`)
      .orderBy('kept', 'desc')
      .limit(ROOMS_KNOWN)
      .execute();
    for (const { event_id, ...snapshot } of rows.reverse()) this.#known.set(event_id, snapshot);
  }

  /** Writes from now on. */
  start(): void {
    this.#stop = every(
      LOOK_EVERY_MS,
      () => this.#write(),
      (error) => this.#outages.failed(error),
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

  /** Writes what is due. After a failure it stays due. */
  async #write(): Promise<void> {
    // In the order of ids, as every instance does, so that no two of them deadlock.
    const rows = [...this.#due].sort().flatMap((eventId) => {
      const snapshot = this.#known.peek(eventId);
      return snapshot ? [{ eventId, ...snapshot }] : [];
    });
    // Before the statement, so that a snapshot noted while it runs can become due again.
    this.#due.clear();
    for (const { eventId, kept } of rows) this.#written.set(eventId, kept);
    if (rows.length === 0) return;
    try {
      await this.#insert(rows);
    } catch (error) {
      for (const { eventId } of rows) this.#due.add(eventId);
      throw error;
    }
    this.#outages.worked();
  }

  async #insert(rows: (RoomSnapshot & { eventId: string })[]): Promise<void> {
    const column = (name: keyof RoomSnapshot | 'eventId') => rows.map((row) => row[name]);
    // The join leaves out deleted events, which would make the whole statement fail. A row that another instance wrote a moment ago stays.
    await sql`
      INSERT INTO queue_rooms AS known (event_id, born, kept, seq, inside, line, ttl)
      SELECT r.event_id, r.born, r.kept, r.seq, r.inside, r.line, r.ttl
      FROM unnest(${column('eventId')}::uuid[], ${column('born')}::bigint[], ${column('kept')}::bigint[],
        ${column('seq')}::bigint[], ${column('inside')}::integer[], ${column('line')}::boolean[],
        ${column('ttl')}::integer[]) AS r (event_id, born, kept, seq, inside, line, ttl)
      JOIN events e ON e.id = r.event_id
      ORDER BY r.event_id
      ON CONFLICT (event_id) DO UPDATE SET born = excluded.born, kept = excluded.kept, seq = excluded.seq,
        inside = excluded.inside, line = excluded.line, ttl = excluded.ttl
      WHERE abs(excluded.kept - known.kept) >= ${WRITE_EVERY_MS}`.execute(this.#db);
  }
}
