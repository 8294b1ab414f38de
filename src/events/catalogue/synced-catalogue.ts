import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Db } from '../../database/database.ts';
import { OutageLog } from '../../lib/outage-log.ts';
import { every } from '../../lib/repeat.ts';
import type { Changes } from '../../realtime/changes.ts';
import { Catalogue } from './catalogue.ts';
import type { EventFacts, ListedEvent } from './listed-event.ts';
import { EVERYTHING, KEYWORDS, readChanges, readFacts, readKeywords, readUnavailable } from './queries.ts';

const READ_EVERY_MS = 1_000;
/** News may be lost. So availability is read at least this often. */
const HEAL_EVERY_MS = 2_000;
/** News of this time are looked after together. */
const TOGETHER_MS = 100;
/** A later answer tells less of what the time is. */
const IN_TIME_MS = 50;
/** Events in one statement, which takes 20 to 40 ms. */
const READ_TOGETHER = 1_000;
/** Events that are taken in before requests have their turn again: about 5 ms. */
const TAKEN_TOGETHER = 100;

const NO_EVENT = '00000000-0000-0000-0000-000000000000';

/**
 * The catalogue as PostgreSQL has it. It is read once as a whole; then each second an instance asks for what has changed. Sales change
 * nothing in a list but whether an event is sold out, and that is read again when news say that it may have changed. While PostgreSQL
 * is away, the catalogue stays as it is, and statuses go on following the clock.
 */
export class SyncedCatalogue {
  readonly #db: Db;
  readonly #outages: OutageLog;
  readonly #events = new Catalogue();
  readonly #listeners: ((eventIds: readonly string[]) => void)[] = [];
  readonly #shownListeners: ((event: ListedEvent) => void)[] = [];
  readonly #goneListeners: ((eventId: string) => void)[] = [];
  /** Events whose availability may have changed. */
  readonly #suspects = new Set<string>();
  /** By event, the change that was read last. A transaction that stays open for long brings the same changes again and again. */
  #known = new Map<string, string>();
  #since = '0';
  #healedAt = 0;
  /** How far PostgreSQL's clock is ahead of this machine's, in ms. */
  #ahead = 0;
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stop: (() => Promise<void>) | undefined;

  constructor(db: Db, log: FastifyBaseLogger) {
    this.#db = db;
    this.#outages = new OutageLog(log, {
      fails: 'the catalogue stays as it is until PostgreSQL is back',
      works: 'the catalogue is read again',
    });
  }

  /** @throws the error of PostgreSQL: an instance without events would answer that there are none */
  async start(): Promise<void> {
    await this.refresh();
    this.#stop = every(
      READ_EVERY_MS,
      () => this.#round(),
      (error) => this.#outages.failed(error),
    );
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#stop?.();
    await this.#reading.catch(() => undefined);
  }

  /** The events with the status of this moment, by PostgreSQL's clock, which also decides when a sale starts. */
  current(): Catalogue {
    this.#events.advance(this.now());
    return this.#events;
  }

  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Calls the listener after facts of these events have changed: the events themselves, their halls, ticket types or prices. */
  onChanged(listener: (eventIds: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Calls the listener after an event has changed in what lists show of it, but not when its status follows the clock. */
  onShownAnew(listener: (event: ListedEvent) => void): void {
    this.#shownListeners.push(listener);
  }

  /** Calls the listener after an event was deleted, or made a draft again. */
  onGone(listener: (eventId: string) => void): void {
    this.#goneListeners.push(listener);
  }

  /** Reads what has changed until now. Calls during one reading share the next. */
  refresh(): Promise<void> {
    const read = () => {
      this.#next = undefined;
      this.#reading = this.#read();
      return this.#reading;
    };
    this.#next ??= this.#reading.then(read, read);
    return this.#next;
  }

  /** Looks after an event whose last seat or ticket may be gone, or back. */
  note({ eventId, stock, availableSeats }: Changes): void {
    const event = this.#events.get(eventId);
    if (!event) return;
    const hasSome = availableSeats > 0 || stock.some(({ availableQuantity }) => availableQuantity > 0);
    // Whether others of its seats and tickets are left, or were taken since, only PostgreSQL knows.
    if (hasSome !== event.is_available) this.suspect(eventId);
  }

  /** Reads an event again within a moment, together with others. */
  suspect(eventId: string): void {
    this.#suspects.add(eventId);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.refresh().catch((error) => this.#outages.failed(error));
    }, TOGETHER_MS);
  }

  async #round(): Promise<void> {
    await this.refresh();
    if (performance.now() - this.#healedAt > HEAL_EVERY_MS) await this.#heal();
    this.#outages.worked();
  }

  async #heal(): Promise<void> {
    const unavailable = new Set(await readUnavailable(this.#db));
    for (const id of unavailable) if (this.#events.get(id)?.is_available) this.suspect(id);
    for (const id of this.current().unavailable()) if (!unavailable.has(id)) this.suspect(id);
    this.#healedAt = performance.now();
  }

  async #read(): Promise<void> {
    const isFirst = this.#since === '0';
    const asked = Date.now();
    const { xmin, now, changes } = await readChanges(this.#db, this.#since);
    const answered = Date.now();
    if (isFirst || answered - asked < IN_TIME_MS) this.#ahead = now - (asked + answered) / 2;
    this.#events.advance(this.now());
    const news = changes.filter(({ event_id, changed_in }) => this.#known.get(event_id) !== changed_in);
    const ids = new Set(news.map(({ event_id }) => event_id));
    if (isFirst || ids.has(KEYWORDS)) this.#events.setKeywords(await readKeywords(this.#db));
    if (isFirst || ids.has(EVERYTHING)) await this.#readAll();
    else await this.#readThese([...ids].filter((id) => id !== KEYWORDS));
    this.#known = new Map(changes.map(({ event_id, changed_in }) => [event_id, changed_in]));
    this.#since = xmin;
  }

  async #readAll(): Promise<void> {
    const gone = new Set(this.#events.ids());
    let after = NO_EVENT;
    for (;;) {
      const facts = await readFacts(this.#db, { after, limit: READ_TOGETHER });
      for (const { id } of facts) gone.delete(id);
      await this.#take(facts);
      if (facts.length < READ_TOGETHER) break;
      after = (facts.at(-1) as EventFacts).id;
    }
    for (const id of gone) this.#remove(id);
    this.#tell([...this.#events.ids(), ...gone]);
  }

  async #readThese(changed: string[]): Promise<void> {
    const suspects = [...this.#suspects];
    this.#suspects.clear();
    try {
      const wanted = [...new Set([...changed, ...suspects])];
      for (let from = 0; from < wanted.length; from += READ_TOGETHER) {
        const ids = wanted.slice(from, from + READ_TOGETHER);
        const facts = await readFacts(this.#db, { ids });
        const found = new Set(facts.map(({ id }) => id));
        for (const id of ids) if (!found.has(id)) this.#remove(id);
        await this.#take(facts);
      }
    } catch (error) {
      for (const id of suspects) this.#suspects.add(id);
      throw error;
    }
    this.#tell(changed);
  }

  async #take(facts: EventFacts[]): Promise<void> {
    for (const [index, each] of facts.entries()) {
      this.#put(each);
      if (index % TAKEN_TOGETHER === TAKEN_TOGETHER - 1) await nextTurn();
    }
  }

  #put(facts: EventFacts): void {
    const before = this.#events.get(facts.id);
    const shown = before?.json;
    this.#events.put(facts);
    const event = this.#events.get(facts.id);
    if (!shown || !event || event.json.equals(shown)) return;
    for (const listener of this.#shownListeners) listener(event);
  }

  #remove(eventId: string): void {
    if (!this.#events.get(eventId)) return;
    this.#events.remove(eventId);
    for (const listener of this.#goneListeners) listener(eventId);
  }

  #tell(eventIds: string[]): void {
    if (eventIds.length === 0) return;
    for (const listener of this.#listeners) listener(eventIds);
  }
}
