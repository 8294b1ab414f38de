import type { EventStatus } from '../../database/schema.ts';
import { GramIndex } from '../search/gram-index.ts';
import { type KeywordMapping, Keywords } from '../search/keywords.ts';
import { gramsOf, Pattern } from '../search/pattern.ts';
import { byListing, type EventFacts, ListedEvent, STATUS_ORDER, statusAt } from './listed-event.ts';
import { Places } from './places.ts';

export interface EventFilter {
  status?: EventStatus | undefined;
  /** Folded text to find in the title, artist, venue or address. Empty for all events. */
  wanted: string;
  page: number;
  limit: number;
}

const CLOCK_JITTER_MS = 1_000;

/**
 * All events as lists show them, in memory and in the order of lists. It has no clock and reads nothing: `advance` tells it the time, and
 * its other methods what PostgreSQL says. Each event has a number, so that a search works on numbers alone.
 */
export class Catalogue {
  readonly #numbers = new Map<string, number>();
  readonly #events: (ListedEvent | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #index = new GramIndex();
  /** Numbers in the order of lists. */
  readonly #order: number[] = [];
  readonly #counts = new Map<EventStatus, number>();
  /** By number, what a search compares. Reached through the events, texts took twice as long to load. */
  readonly #texts: string[] = [];
  /** By number, the place in the order. A search brings it up to date after a change: 0.1 ms for 50,000 events. */
  #places = new Uint32Array(1_024);
  #arePlacesKnown = false;
  readonly #found = new Places();
  #keywords = new Keywords([]);
  #now = 0;
  /** When a status changes next, unless news come before. */
  #due = Number.POSITIVE_INFINITY;
  /** Grows with each change that a list could show. */
  #revision = 0;

  get size(): number {
    return this.#numbers.size;
  }

  get revision(): number {
    return this.#revision;
  }

  get(eventId: string): ListedEvent | undefined {
    const number = this.#numbers.get(eventId);
    return number === undefined ? undefined : this.#events[number];
  }

  ids(): Iterable<string> {
    return this.#numbers.keys();
  }

  /** Events that are in their time of sale and have nothing left. */
  *unavailable(): Iterable<string> {
    for (const status of ['on_sale', 'sold_out'] as const) {
      const [from, to] = this.#span(status);
      for (const number of this.#order.slice(from, to)) {
        const { id, is_available, changesAt } = this.#at(number);
        if (!is_available && changesAt !== Number.POSITIVE_INFINITY) yield id;
      }
    }
  }

  put(facts: EventFacts): void {
    const known = this.get(facts.id);
    const event = new ListedEvent(facts, this.#now);
    const number = this.#numbers.get(facts.id) ?? this.#freeNumbers.pop() ?? this.#events.length;
    if (known) this.#takeOut(number);
    this.#texts[number] = event.text;
    if (known?.text !== event.text) {
      if (known) this.#index.remove(number);
      this.#index.add(number, gramsOf(event.text));
    }
    this.#numbers.set(event.id, number);
    this.#events[number] = event;
    this.#putIn(number);
  }

  remove(eventId: string): void {
    const number = this.#numbers.get(eventId);
    if (number === undefined) return;
    this.#takeOut(number);
    this.#index.remove(number);
    this.#numbers.delete(eventId);
    this.#events[number] = undefined;
    this.#texts[number] = '';
    this.#freeNumbers.push(number);
  }

  setAvailable(eventId: string, isAvailable: boolean): void {
    const number = this.#numbers.get(eventId);
    if (number === undefined) return;
    this.#at(number).is_available = isAvailable;
    this.#update(number);
  }

  setKeywords(mappings: KeywordMapping[]): void {
    this.#keywords = new Keywords(mappings);
    this.#revision++;
  }

  /** Gives each event the status of this moment. It looks at the events only when a status is due to change. */
  advance(now: number): void {
    const back = this.#now - now;
    // A better measurement of the time. No status goes back for it.
    if (back > 0 && back < CLOCK_JITTER_MS) return;
    this.#now = now;
    if (now < this.#due && back <= 0) return;
    this.#due = Number.POSITIVE_INFINITY;
    for (const number of this.#numbers.values()) {
      this.#update(number);
      this.#due = Math.min(this.#due, this.#at(number).changesAt);
    }
  }

  /**
   * @returns one page of the events that match, in order, how many match in all, and how many texts were compared
   */
  list({ status, wanted, page, limit }: EventFilter): {
    events: ListedEvent[];
    total: number;
    compared: number;
  } {
    const offset = (page - 1) * limit;
    const [from, to] = this.#span(status);
    if (wanted === '') {
      const first = Math.min(from + offset, to);
      const numbers = this.#order.slice(first, Math.min(first + limit, to));
      return { events: numbers.map((number) => this.#at(number)), total: to - from, compared: 0 };
    }
    const { total, compared } = this.#search(wanted, from, to);
    const places = this.#found.page(offset, Math.max(0, Math.min(limit, total - offset)));
    return { events: places.map((place) => this.#at(this.#order[place] as number)), total, compared };
  }

  /** Finds what matches between two places. */
  #search(wanted: string, from: number, to: number): { total: number; compared: number } {
    if (!this.#arePlacesKnown) this.#learnPlaces();
    const [places, texts, matches] = [this.#places, this.#texts, this.#found];
    matches.clear(this.#order.length);
    let total = 0;
    let compared = 0;
    for (const variant of this.#keywords.variants(wanted)) {
      const pattern = new Pattern(variant);
      for (const number of this.#index.find(pattern.grams)) {
        const place = places[number] as number;
        if (place < from || place >= to || matches.has(place)) continue;
        compared++;
        if (!pattern.matches(texts[number] as string)) continue;
        matches.add(place);
        total++;
      }
    }
    return { total, compared };
  }

  #learnPlaces(): void {
    const order = this.#order;
    if (this.#places.length < this.#events.length)
      this.#places = new Uint32Array(Math.ceil(this.#events.length * 1.25));
    for (let place = 0; place < order.length; place++) this.#places[order[place] as number] = place;
    this.#arePlacesKnown = true;
  }

  /** Where the events of a status are in the order, which begins with the status. */
  #span(status: EventStatus | undefined): [from: number, to: number] {
    if (status === undefined) return [0, this.#order.length];
    const count = (of: EventStatus) => this.#counts.get(of) ?? 0;
    const from = STATUS_ORDER.slice(0, STATUS_ORDER.indexOf(status)).reduce(
      (sum, each) => sum + count(each),
      0,
    );
    return [from, from + count(status)];
  }

  #at(number: number): ListedEvent {
    return this.#events[number] as ListedEvent;
  }

  #update(number: number): void {
    const event = this.#at(number);
    const status = statusAt(event, this.#now);
    if (status === event.status) return;
    this.#takeOut(number);
    event.show(status);
    this.#putIn(number);
  }

  #putIn(number: number): void {
    const event = this.#at(number);
    this.#order.splice(this.#place(event), 0, number);
    this.#arePlacesKnown = false;
    this.#counts.set(event.status, (this.#counts.get(event.status) ?? 0) + 1);
    this.#due = Math.min(this.#due, event.changesAt);
    this.#revision++;
  }

  #takeOut(number: number): void {
    const { status } = this.#at(number);
    this.#order.splice(this.#place(this.#at(number)), 1);
    this.#arePlacesKnown = false;
    this.#counts.set(status, (this.#counts.get(status) ?? 0) - 1);
    this.#revision++;
  }

  /** The first place in the order that is not before the event. */
  #place(event: ListedEvent): number {
    let from = 0;
    let to = this.#order.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (byListing(this.#at(this.#order[middle] as number), event) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
