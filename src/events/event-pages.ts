import { LRUCache } from 'lru-cache';
import type { EventLimits, EventWithTicketTypes, TicketTypeList } from '../contract/schemas.ts';
import { Problem } from '../errors/problem.ts';
import type { Live, LiveEvent } from '../live/types.ts';
import { type PreparedAnswer, prepare } from '../plugins/answers/prepared-answer.ts';
import type { PublicReads } from '../plugins/public-reads.ts';
import { statusAt } from './catalogue/listed-event.ts';
import type { SyncedCatalogue } from './catalogue/synced-catalogue.ts';
import { type PageFacts, readPageFacts } from './queries.ts';

/** Events whose facts are in memory, about 3 KB each. */
const EVENTS = 10_000;

type View = 'event' | 'ticketTypes';

/** The facts of an event, and its answers as they were shown last. */
interface Page {
  facts: PageFacts;
  answers: { [view in View]?: { state: string; answer: PreparedAnswer } };
}

/**
 * Answers about one event. Its facts are read once, and again after an operator has changed them. Stock and version come from the event in
 * memory, so that a sale reads nothing from PostgreSQL, and its buyer sees it in the very next answer.
 */
export class EventPages {
  readonly #catalogue: SyncedCatalogue;
  readonly #live: Live;
  readonly #reads: PublicReads;
  readonly #defaults: EventLimits;
  readonly #pages = new LRUCache<string, Page>({ max: EVENTS });
  /** Those who ask for the same event meanwhile share one read, and count as one. */
  readonly #opening = new Map<string, Promise<{ page: Page; live: LiveEvent }>>();
  /** Grows when facts change, so that those that were being read are not kept. */
  #changes = 0;

  constructor(catalogue: SyncedCatalogue, live: Live, reads: PublicReads, defaults: EventLimits) {
    this.#catalogue = catalogue;
    this.#live = live;
    this.#reads = reads;
    this.#defaults = defaults;
    catalogue.onChanged((eventIds) => {
      this.#changes++;
      for (const id of eventIds) this.#pages.delete(id);
    });
  }

  /**
   * @param address of the caller, whose reads of PostgreSQL are limited
   * @throws Problem EVENT_NOT_FOUND
   */
  answer(view: View, address: string, eventId: string): PreparedAnswer | Promise<PreparedAnswer> {
    const page = this.#pages.get(eventId);
    const live = page && this.#live.peek(eventId);
    if (live && hasAllTypes(page, live)) return this.#answerOf(view, page, live);
    return this.#open(address, eventId).then((opened) => this.#answerOf(view, opened.page, opened.live));
  }

  #open(address: string, eventId: string): Promise<{ page: Page; live: LiveEvent }> {
    const opening =
      this.#opening.get(eventId) ?? this.#read(address, eventId).finally(() => this.#opening.delete(eventId));
    this.#opening.set(eventId, opening);
    return opening;
  }

  async #read(address: string, eventId: string): Promise<{ page: Page; live: LiveEvent }> {
    // Its statements run in the pool of the requests, but few at a time.
    const live = await this.#reads.read(address, () => this.#live.get(eventId));
    const known = this.#pages.get(eventId);
    if (known && hasAllTypes(known, live)) return { page: known, live };
    const before = this.#changes;
    const facts = await this.#reads.read(address, (db) => readPageFacts(db, eventId));
    if (!facts) throw new Problem('EVENT_NOT_FOUND');
    const page: Page = { facts, answers: {} };
    if (this.#changes === before) this.#pages.set(eventId, page);
    return { page, live };
  }

  #answerOf(view: View, page: Page, live: LiveEvent): PreparedAnswer {
    const { facts, answers } = page;
    const status = statusAt(
      {
        ...facts,
        has_inventory: live.stock.size > 0 || live.layout.ids.length > 0,
        is_available: live.availableSeats > 0 || anyLeft(live),
      },
      this.#catalogue.now(),
    );
    const state = `v${live.version}-${facts.changed_in}-${status}`;
    const shown = answers[view];
    if (shown?.state === state) return shown.answer;
    const answer =
      view === 'event'
        ? eventOf(facts, live, status, this.#defaults, state)
        : ticketTypesOf(facts, live, state);
    answers[view] = { state, answer };
    return answer;
  }
}

/** Whether every ticket type in memory has its facts. A new one comes with a version, before its facts are known to be new. */
function hasAllTypes({ facts }: Page, { stock }: LiveEvent): boolean {
  return (
    stock.size <= facts.ticket_types.length &&
    (stock.size === 0 || facts.ticket_types.filter(({ id }) => stock.has(id)).length === stock.size)
  );
}

function anyLeft({ stock }: LiveEvent): boolean {
  for (const { availableQuantity } of stock.values()) if (availableQuantity > 0) return true;
  return false;
}

function eventOf(
  facts: PageFacts,
  live: LiveEvent,
  status: ReturnType<typeof statusAt>,
  defaults: EventLimits,
  state: string,
): PreparedAnswer {
  const event = {
    id: facts.id,
    title: facts.title,
    description: facts.description,
    venue: facts.venue,
    address: facts.address,
    event_date: facts.event_date,
    sale_start_date: facts.sale_start_date,
    sale_end_date: facts.sale_end_date,
    poster_image_url: facts.poster_image_url,
    status,
    seat_layout_id: facts.seat_layout_id,
    artist_name: facts.artist_name,
    pre_scaled: facts.pre_scaled,
    created_by: facts.created_by,
    created_at: facts.created_at,
    updated_at: facts.updated_at,
    timezone: facts.timezone,
    limits: { ...defaults, ...facts.limits },
  };
  return prepare<EventWithTicketTypes>(
    { version: live.version, event, ticketTypes: typesOf(facts, live) },
    state,
  );
}

function ticketTypesOf(facts: PageFacts, live: LiveEvent, state: string): PreparedAnswer {
  return prepare<TicketTypeList>({ version: live.version, ticketTypes: typesOf(facts, live) }, state);
}

function typesOf({ ticket_types }: PageFacts, { stock }: LiveEvent) {
  return ticket_types.flatMap(({ id, name, price, description, hidden, ...rules }) => {
    const left = stock.get(id);
    if (!left || hidden) return [];
    const { totalQuantity: total_quantity, availableQuantity: available_quantity } = left;
    return [{ id, name, price, total_quantity, available_quantity, description, ...rules }];
  });
}
