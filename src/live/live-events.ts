import type { FastifyBaseLogger } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Changes } from '../realtime/changes.ts';
import type { Query } from './query.ts';
import { readMissed, readVersions } from './reads.ts';
import { Ticks } from './ticks.ts';
import { type Surroundings, TrackedEvent } from './tracked-event.ts';
import type { EventChanges, Live, LiveEvent } from './types.ts';

/** The seats of all events in memory, per instance. A seat takes up to 200 bytes. */
const SEATS = 1_000_000;

type OnChanges = (event: LiveEvent, changes: EventChanges) => void;

/** The events that this instance serves. Those that somebody watches stay, and the others as long as there is room. */
export class LiveEvents implements Live {
  readonly #surroundings: Surroundings;
  readonly #announce: (changes: Changes[]) => void;
  readonly #log: Pick<FastifyBaseLogger, 'error'>;
  readonly #held = new Map<string, TrackedEvent>();
  readonly #idle = new LRUCache<string, TrackedEvent>({
    maxSize: SEATS,
    sizeCalculation: ({ picture }) => picture?.size ?? 1,
    dispose: (event, _eventId, reason) => {
      if (reason === 'evict') event.close();
    },
  });
  readonly #listeners: OnChanges[] = [];
  readonly #tickListeners: OnChanges[] = [];
  readonly #resetListeners: ((event: LiveEvent) => void)[] = [];
  readonly #ticks = new Ticks((event, changes) => this.#tell(this.#tickListeners, event, changes));

  /** @param announce tells every instance of changes, this one included: it calls `note` */
  constructor(
    outside: Pick<Surroundings, 'query' | 'isDatabaseUp'>,
    announce: (changes: Changes[]) => void,
    log: Pick<FastifyBaseLogger, 'error'>,
  ) {
    this.#announce = announce;
    this.#log = log;
    this.#surroundings = {
      ...outside,
      stepped: (event, changes) => {
        this.#tell(this.#listeners, event, changes);
        if (this.#tickListeners.length > 0) this.#ticks.add(event, changes);
      },
      reset: (event) => {
        this.#ticks.drop(event);
        this.#tell(this.#resetListeners, event);
      },
    };
  }

  async get(eventId: string): Promise<LiveEvent> {
    return await this.#holding(eventId, (event) => event.current());
  }

  peek(eventId: string): LiveEvent | undefined {
    return this.#find(eventId)?.peek();
  }

  inMemory(eventId: string): LiveEvent | undefined {
    return this.#find(eventId)?.recall();
  }

  async bringUpToDate(eventId: string, query: Query): Promise<LiveEvent> {
    return await this.#holding(eventId, async (event) => {
      await event.catchUpOn(query);
      return event.recall() as LiveEvent;
    });
  }

  async watch(eventId: string): Promise<{ event: LiveEvent; release(): void }> {
    const tracked = this.#hold(eventId);
    try {
      const event = await tracked.current();
      let released = false;
      const release = () => {
        if (!released) this.#release(tracked);
        released = true;
      };
      return { event, release };
    } catch (error) {
      this.#release(tracked);
      throw error;
    }
  }

  async changesSince(
    eventId: string,
    since: number,
    query = this.#surroundings.query,
  ): Promise<EventChanges | undefined> {
    return await this.#holding(eventId, async (tracked) => {
      const picture = await tracked.current();
      if (since > picture.version) await tracked.catchUp();
      if (since > picture.version || since < picture.layout.number) return undefined;
      if (since === picture.version)
        return picture.changesOf({ from: since, version: since, seats: [], stock: [] });
      const recent = tracked.recent.since(since);
      if (recent) return recent;
      const missed = await readMissed(query, eventId, since);
      const step = missed && tracked.stepAfter(since, missed);
      return step && picture.changesOf(step);
    });
  }

  publish(changes: Changes[]): void {
    if (changes.length === 0) return;
    for (const { eventId, version } of changes) this.#find(eventId)?.committed(version);
    this.#announce(changes);
  }

  /** Takes the changes of a commit of any instance. */
  note(changes: Changes): void {
    this.#find(changes.eventId)?.note(changes);
  }

  onChanges(listener: OnChanges): void {
    this.#listeners.push(listener);
  }

  onTick(listener: OnChanges): void {
    this.#tickListeners.push(listener);
  }

  onReset(listener: (event: LiveEvent) => void): void {
    this.#resetListeners.push(listener);
  }

  /** Compares the versions of all events that are watched or were read lately with PostgreSQL's, in one query. */
  async compare(): Promise<void> {
    const askedAt = performance.now();
    const known = new Map<string, number>();
    for (const { eventId, picture, isActive } of this.#all())
      if (picture && isActive) known.set(eventId, picture.version);
    if (known.size === 0) return;
    let versions: Map<string, number>;
    try {
      versions = await readVersions(this.#surroundings.query, [...known.keys()]);
    } catch (error) {
      for (const event of this.#all()) event.doubt();
      throw error;
    }
    for (const [eventId, version] of versions)
      this.#find(eventId)?.compare(version, known.get(eventId) as number, askedAt);
  }

  close(): void {
    this.#ticks.flush();
    for (const event of this.#all()) event.close();
  }

  *#all(): Generator<TrackedEvent> {
    yield* this.#held.values();
    yield* this.#idle.values();
  }

  #find(eventId: string): TrackedEvent | undefined {
    return this.#held.get(eventId) ?? this.#idle.get(eventId);
  }

  /** An event is held while it is read, so that the first readers share one load. */
  async #holding<T>(eventId: string, work: (event: TrackedEvent) => Promise<T>): Promise<T> {
    const event = this.#hold(eventId);
    try {
      return await work(event);
    } finally {
      this.#release(event);
    }
  }

  #hold(eventId: string): TrackedEvent {
    const event = this.#find(eventId) ?? new TrackedEvent(eventId, this.#surroundings);
    if (event.holders++ === 0) {
      this.#idle.delete(eventId);
      this.#held.set(eventId, event);
    }
    return event;
  }

  #release(event: TrackedEvent): void {
    if (--event.holders > 0) return;
    this.#held.delete(event.eventId);
    if (event.picture) this.#idle.set(event.eventId, event);
  }

  #tell<Told extends unknown[]>(listeners: ((...told: Told) => void)[], ...told: Told): void {
    for (const listener of listeners) {
      try {
        listener(...told);
      } catch (error) {
        this.#log.error({ err: error }, 'a listener to the changes of an event failed');
      }
    }
  }
}
