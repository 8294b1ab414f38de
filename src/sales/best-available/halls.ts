import type pg from 'pg';
import type { Query } from '../../live/query.ts';
import type { Live, LiveEvent } from '../../live/types.ts';
import type { Touched } from '../../realtime/changes.ts';
import { Hall } from './hall.ts';

type Events = Pick<Live, 'inMemory' | 'bringUpToDate' | 'onChanges' | 'onReset'>;

/**
 * The halls in which buyers ask for the best seats. A batch reads on its own connection: waiting for a second connection, or for
 * another batch, while it holds locks could mean waiting for itself.
 */
export class Halls {
  readonly #events: Events;
  readonly #halls = new WeakMap<LiveEvent, Hall>();

  constructor(events: Events) {
    this.#events = events;
    events.onChanges((event, { seats }) => this.#halls.get(event)?.changed(seats.map(([seat]) => seat)));
    events.onReset((event) => this.#halls.delete(event));
  }

  /** The hall, if its event is in memory. */
  get(eventId: string): Hall | undefined {
    const event = this.#events.inMemory(eventId);
    return event && this.#hallOf(event);
  }

  /** The hall from memory or from PostgreSQL. */
  async load(client: pg.PoolClient, eventId: string): Promise<Hall> {
    return this.get(eventId) ?? this.#hallOf(await this.#events.bringUpToDate(eventId, queryOn(client)));
  }

  /** Reads what the event in memory has missed. @returns whether it has missed something */
  async refresh(client: pg.PoolClient, eventId: string): Promise<boolean> {
    const before = this.#events.inMemory(eventId)?.version;
    return (await this.#events.bringUpToDate(eventId, queryOn(client))).version !== before;
  }

  /** Takes note of what a batch has committed. The event in memory may still wait for the news of another instance before. */
  note({ eventId, seats }: Touched): void {
    const hall = this.get(eventId);
    if (hall) for (const { seatId: id, status, version } of seats) hall.note({ id, status, version });
  }

  #hallOf(event: LiveEvent): Hall {
    const known = this.#halls.get(event);
    if (known && !known.isOutdated) return known;
    const hall = new Hall(event);
    this.#halls.set(event, hall);
    return hall;
  }
}

function queryOn(client: pg.PoolClient): Query {
  return (query) => client.query(query);
}
