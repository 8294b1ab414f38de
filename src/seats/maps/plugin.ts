import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import { every } from '../../lib/repeat.ts';
import type { Live, LiveEvent, SeatLayout } from '../../live/types.ts';
import type { Answer, PreparedAnswer } from '../../plugins/answers/prepared-answer.ts';
import type { PublicReads } from '../../plugins/public-reads.ts';
import { Halls } from './hall.ts';
import { layoutAnswer } from './layout-columns.ts';
import { RecentWriters } from './recent-writers.ts';
import { SeatMap } from './seat-map.ts';
import { StatusText } from './status-text.ts';

declare module 'fastify' {
  interface FastifyInstance {
    seatMaps: SeatMaps;
  }
}

/** The pieces of a map and the joined answers: 400 bytes a seat. */
const SEAT_BYTES = 400;
/** Ten halls of 50,000 seats. A map that isn't here is made again, in about 0.1 s for such a hall. */
const MAP_BYTES = 200 * 1024 * 1024;
/** A map that was not read for so long is dropped. */
const UNREAD_MS = 60_000;

/** The answers that show the seats of an event, made from its picture in memory. */
class SeatMaps {
  readonly #live: Live;
  readonly #reads: PublicReads;
  readonly #halls: Halls;
  readonly #writers: RecentWriters;
  /** Events that are being read. Requests that ask meanwhile share the read, and count as one. */
  readonly #opening = new Map<string, Promise<LiveEvent>>();
  readonly #layouts = new WeakMap<SeatLayout, Promise<PreparedAnswer>>();
  readonly #statuses = new WeakMap<LiveEvent, StatusText>();
  readonly #maps = new LRUCache<string, SeatMap>({
    maxSize: MAP_BYTES,
    sizeCalculation: ({ event }) => 1 + SEAT_BYTES * event.statuses.length,
    ttl: UNREAD_MS,
    updateAgeOnGet: true,
  });

  constructor(live: Live, reads: PublicReads, writers: RecentWriters) {
    this.#live = live;
    this.#reads = reads;
    this.#halls = new Halls(reads);
    this.#writers = writers;
    live.onChanges((event, changes) => this.#statuses.get(event)?.apply(changes));
    // PostgreSQL may have lost versions, and given their numbers to others.
    live.onReset((event) => {
      this.#statuses.delete(event);
      this.#maps.delete(event.eventId);
    });
  }

  /** What doesn't change with a sale. @throws Problem EVENT_NOT_FOUND, SEAT_MAP_NOT_FOUND */
  async layout(eventId: string, address: string): Promise<Answer> {
    const { layout } = await this.#seated(eventId, address);
    let answer = this.#layouts.get(layout);
    if (answer === undefined) {
      answer = layoutAnswer(eventId, layout);
      this.#layouts.set(layout, answer);
    }
    return await answer;
  }

  /** The status of every seat now. @throws Problem EVENT_NOT_FOUND, SEAT_MAP_NOT_FOUND */
  status(eventId: string, address: string): Answer | Promise<Answer> {
    const event = this.#live.peek(eventId);
    if (event && event.layout.ids.length > 0) return this.#statusOf(event);
    return this.#seated(eventId, address).then((seated) => this.#statusOf(seated));
  }

  #statusOf(event: LiveEvent): Answer {
    let text = this.#statuses.get(event);
    if (!text?.isOf(event)) {
      text = new StatusText(event);
      this.#statuses.set(event, text);
    }
    return text.answer(event);
  }

  /**
   * The reference's map, up to 50 ms old; a sender who changed something sees it at once.
   *
   * @throws Problem EVENT_NOT_FOUND, SEAT_MAP_NOT_FOUND
   */
  async map(eventId: string, sender: FastifyRequest): Promise<Answer> {
    const hall = await this.#halls.get(eventId, sender.ip);
    const event = await this.#event(eventId, sender.ip);
    let map = this.#maps.get(eventId);
    if (map?.event !== event) {
      map = new SeatMap(event);
      this.#maps.set(eventId, map);
    }
    return await map.answer(hall, this.#writers.lastWrite(sender));
  }

  dropUnread(): void {
    this.#maps.purgeStale();
  }

  async #event(eventId: string, address: string): Promise<LiveEvent> {
    return this.#live.peek(eventId) ?? (await this.#open(eventId, address));
  }

  #open(eventId: string, address: string): Promise<LiveEvent> {
    const known = this.#opening.get(eventId);
    if (known !== undefined) return known;
    // Its statements run in the pool of the requests, but few at a time.
    const opening = this.#reads
      .read(address, () => this.#live.get(eventId))
      .finally(() => this.#opening.delete(eventId));
    this.#opening.set(eventId, opening);
    return opening;
  }

  /** An event with seats, or at least a hall for them. */
  async #seated(eventId: string, address: string): Promise<LiveEvent> {
    const event = await this.#event(eventId, address);
    if (event.layout.ids.length === 0) await this.#halls.get(eventId, address);
    return event;
  }
}

export default fp(
  async (app) => {
    const writers = new RecentWriters();
    const maps = new SeatMaps(app.live, app.publicReads, writers);
    app.decorate('seatMaps', maps);
    app.addHook('onRoute', (route) => {
      if (route.method !== 'POST') return;
      const others = [route.onSend ?? []].flat();
      route.onSend = [
        ...others,
        (request, reply, payload, done) => {
          if (reply.statusCode < 300) writers.note(request);
          done(null, payload);
        },
      ];
    });
    const stop = every(
      UNREAD_MS,
      async () => maps.dropUnread(),
      () => undefined,
    );
    app.addHook('onClose', stop);
  },
  { name: 'seat-maps', dependencies: ['live', 'public-reads'] },
);
