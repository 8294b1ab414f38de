import type { EventSummary } from '../../contract/schemas.ts';
import type { EventStatus } from '../../database/schema.ts';
import { fold } from '../search/fold.ts';

/** What a list says about an event, as PostgreSQL has it. */
export interface EventFacts {
  id: string;
  title: string;
  description: string | null;
  venue: string;
  address: string | null;
  event_date: string;
  sale_start_date: string;
  sale_end_date: string;
  poster_image_url: string | null;
  artist_name: string | null;
  timezone: string;
  ticket_type_count: number;
  min_price: number | null;
  max_price: number | null;
  /** What an operator decided. */
  stored_status: EventStatus;
  /** Microseconds since 1970, which order the list. */
  takes_place_us: number;
  /** Milliseconds since 1970, rounded up. */
  sale_starts_ms: number;
  /** The end of the sale or the beginning of the event, whichever comes first. */
  sale_ends_ms: number;
  /** Whether the event has any seat, or ticket type that is not hidden. Without one it is not sold out, but announced before its seats were laid out. */
  has_inventory: boolean;
  /** Whether any seat or ticket is free. */
  is_available: boolean;
}

/** The order of lists. */
export const STATUS_ORDER: readonly EventStatus[] = ['on_sale', 'upcoming', 'sold_out', 'ended', 'cancelled'];

/** The status of an event at a moment, in milliseconds since 1970. */
export function statusAt(
  event: Pick<
    EventFacts,
    'stored_status' | 'sale_starts_ms' | 'sale_ends_ms' | 'has_inventory' | 'is_available'
  >,
  now: number,
): EventStatus {
  if (isFinal(event.stored_status)) return event.stored_status;
  if (now >= event.sale_ends_ms) return 'ended';
  if (now < event.sale_starts_ms) return 'upcoming';
  return event.has_inventory && !event.is_available ? 'sold_out' : 'on_sale';
}

const isFinal = (status: EventStatus) => status !== 'upcoming' && status !== 'on_sale';

/** An event as lists need it: its JSON as bytes, and what finds and orders it. 50,000 of them must be small. */
export class ListedEvent {
  readonly id: string;
  /** What a search looks into, folded: title, artist, venue and address. */
  readonly text: string;
  /** Its place in the index of texts. */
  number = -1;
  stored_status: EventStatus;
  takes_place_us: number;
  sale_starts_ms: number;
  sale_ends_ms: number;
  has_inventory: boolean;
  is_available: boolean;
  status: EventStatus;
  json: Buffer;
  readonly #statusFrom: number;

  constructor(facts: EventFacts, now: number) {
    this.id = facts.id;
    this.text = fold([facts.title, facts.artist_name, facts.venue, facts.address].join(' '));
    this.stored_status = facts.stored_status;
    this.takes_place_us = facts.takes_place_us;
    this.sale_starts_ms = facts.sale_starts_ms;
    this.sale_ends_ms = facts.sale_ends_ms;
    this.has_inventory = facts.has_inventory;
    this.is_available = facts.is_available;
    this.status = statusAt(this, now);
    const head = JSON.stringify({
      id: facts.id,
      title: facts.title,
      description: facts.description,
      venue: facts.venue,
      address: facts.address,
      event_date: facts.event_date,
      sale_start_date: facts.sale_start_date,
      sale_end_date: facts.sale_end_date,
      poster_image_url: facts.poster_image_url,
    });
    const tail = JSON.stringify({
      artist_name: facts.artist_name,
      ticket_type_count: facts.ticket_type_count,
      min_price: facts.min_price,
      max_price: facts.max_price,
      timezone: facts.timezone,
    });
    const before = `${head.slice(0, -1)},"status":"`;
    this.#statusFrom = Buffer.byteLength(before);
    this.json = Buffer.from(`${before}${this.status}",${tail.slice(1)}`);
  }

  /** When its status changes next if nobody buys; `Infinity` if it doesn't. */
  get changesAt(): number {
    if (isFinal(this.stored_status) || this.status === 'ended') return Number.POSITIVE_INFINITY;
    return this.status === 'upcoming' ? this.sale_starts_ms : this.sale_ends_ms;
  }

  /** As a list shows it. */
  summary(): EventSummary {
    return JSON.parse(this.json.toString());
  }

  show(status: EventStatus): void {
    const before = this.json.subarray(0, this.#statusFrom);
    const after = this.json.subarray(this.#statusFrom + this.status.length);
    this.json = Buffer.concat([before, Buffer.from(status), after]);
    this.status = status;
  }
}

/** On sale first, then by date. Ids break ties, so that no page repeats or skips an event. */
export function byListing(a: ListedEvent, b: ListedEvent): number {
  return (
    STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status) ||
    compare(a.takes_place_us, b.takes_place_us) ||
    compare(a.id, b.id)
  );
}

const compare = <T extends number | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);
