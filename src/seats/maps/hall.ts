import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SeatMap } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { PublicReads } from '../../plugins/public-reads.ts';

/** What operators change by SQL is shown within this time. */
const FRESH_MS = 1_000;

/** What a seat map says before its seats: the event's title and the sections of the hall. */
export class Hall {
  /** The JSON of the map up to its first seat. */
  readonly head: string;
  /** A hash of `head` for ETags: no version tells of a new title. */
  readonly tag: string;

  constructor({ event, layout }: Pick<SeatMap, 'event' | 'layout'>) {
    this.head = `${JSON.stringify({ event, layout }).slice(0, -1)},"seats":[`;
    this.tag = createHash('sha1').update(this.head).digest('base64url').slice(0, 8);
  }
}

/** The halls of events, read again after a second when a request asks. */
export class Halls {
  readonly #halls: LRUCache<string, Hall | 'unknown' | 'none', string>;

  constructor(reads: PublicReads) {
    this.#halls = new LRUCache({
      max: 10_000,
      ttl: FRESH_MS,
      fetchMethod: async (eventId, known, { context: address }) => {
        try {
          return await reads.read(address, (db) => readHall(db, eventId));
        } catch (error) {
          // While PostgreSQL is away or overloaded, a hall stays as it was.
          if (known !== undefined) return known;
          throw error;
        }
      },
    });
  }

  /**
   * @param address of the caller, whose reads of PostgreSQL are limited
   * @throws Problem EVENT_NOT_FOUND, SEAT_MAP_NOT_FOUND for an event that isn't sold by seat
   */
  async get(eventId: string, address: string): Promise<Hall> {
    const hall = await this.#halls.forceFetch(eventId, { context: address });
    if (hall === 'unknown') throw new Problem('EVENT_NOT_FOUND');
    if (hall === 'none') throw new Problem('SEAT_MAP_NOT_FOUND');
    return hall;
  }
}

async function readHall(db: Db, eventId: string): Promise<Hall | 'unknown' | 'none'> {
  const event = await db
    .selectFrom('events')
    .leftJoin('seat_layouts', 'seat_layouts.id', 'events.seat_layout_id')
    .select(['events.id', 'events.title', 'seat_layouts.layout_config'])
    .where('events.id', '=', eventId)
    .where('events.status', '<>', 'draft')
    .executeTakeFirst();
  if (!event) return 'unknown';
  const { id, title, layout_config } = event;
  if (!layout_config) return 'none';
  const { sections } = layout_config;
  const layout = {
    rows: sections.reduce((sum, section) => sum + section.rows, 0),
    cols: Math.max(0, ...sections.map((section) => section.seatsPerRow)),
    sections,
  };
  return new Hall({ event: { id, title }, layout });
}
