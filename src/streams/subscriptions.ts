import { Problem } from '../errors/problem.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import type { SyncedCatalogue } from '../events/catalogue/synced-catalogue.ts';
import type { Query } from '../live/query.ts';
import type { Live, LiveEvent } from '../live/types.ts';
import { changesPacket, type Packet, resetPacket, updatePacket, versionPacket } from './packet.ts';
import { Subscription } from './subscription.ts';

type Source = Pick<Live, 'watch' | 'changesSince' | 'onTick' | 'onReset'>;

/** Each connection shows that it is alive once in so many seconds. */
const BEAT_SECONDS = 15;
/**
 * A client that missed more starts anew: the status of 50,000 seats is 17 KB. A slow one would still have this packet unread when the next
 * one comes, be disconnected, and get it again with each new connection.
 */
const MOST_MISSED_BYTES = 64 * 1024;

/** The subscribers of this instance, by event. */
export class Subscriptions {
  readonly #live: Source;
  readonly #byEvent = new Map<string, Set<Subscription>>();
  /** A fifteenth of the subscribers beats each second: 10,000 at once would keep the event loop for 100 ms. */
  readonly #beats = Array.from({ length: BEAT_SECONDS }, () => new Set<Subscription>());
  readonly #reading = new Map<string, Promise<Packet>>();
  #beat = 0;
  #opened = 0;
  readonly #timer = setInterval(() => this.#nextBeat(), 1_000).unref();
  #isClosed = false;

  constructor(live: Source, catalogue: Pick<SyncedCatalogue, 'onShownAnew' | 'onGone'>) {
    this.#live = live;
    live.onTick((event, changes) => this.#tell(event, () => changesPacket(changes)));
    live.onReset((event) => this.#tell(event, () => resetPacket(event)));
    catalogue.onShownAnew((event) => this.#tell({ eventId: event.id }, () => updatePacket(event)));
    // An `EventSource` that connects again is told that there is no such event, and ends.
    catalogue.onGone((eventId) => {
      for (const subscription of this.#byEvent.get(eventId) ?? []) subscription.stop();
    });
  }

  /** Whether the instance stops. Connections that are still opened end at once. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Subscribes to an event.
   *
   * @param since the version that the subscriber has
   * @param query reads what it missed, if that is not in memory
   * @throws Problem EVENT_NOT_FOUND
   */
  async open(eventId: string, since: number | undefined, query: Query): Promise<Subscription> {
    const { event, release } = await this.#live.watch(eventId);
    const beats = this.#beats[this.#opened++ % BEAT_SECONDS] as Set<Subscription>;
    const subscription = new Subscription(() => {
      beats.delete(subscription);
      this.#remove(eventId, subscription);
      release();
    });
    beats.add(subscription);
    // Before the first packet is made, which may take a read: what changes in the meantime comes after it.
    this.#add(eventId, subscription);
    try {
      subscription.begin(await this.#first(event, since, query));
      return subscription;
    } catch (error) {
      subscription.end();
      throw error;
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const subscriptions of this.#byEvent.values())
      for (const subscription of subscriptions) subscription.stop();
  }

  async #first(event: LiveEvent, since: number | undefined, query: Query): Promise<Packet> {
    const { version } = event;
    if (since === undefined || since === version) return versionPacket(event);
    const packet = await this.#missedBy(event, since, query);
    // The read of another subscriber may have begun before this one heard what came next.
    return (packet.version ?? 0) < version ? await this.#missed(event, since, query) : packet;
  }

  /** Read once for those who come at the same time: the clients of an instance that ended have the same version. */
  #missedBy(event: LiveEvent, since: number, query: Query): Promise<Packet> {
    const key = `${event.eventId} ${since}`;
    const reading =
      this.#reading.get(key) ?? this.#missed(event, since, query).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #missed(event: LiveEvent, since: number, query: Query): Promise<Packet> {
    try {
      const changes = await this.#live.changesSince(event.eventId, since, query);
      const packet = changes && changesPacket(changes);
      return packet && packet.event.length <= MOST_MISSED_BYTES ? packet : resetPacket(event);
    } catch (error) {
      if (!(error instanceof Problem) && !isUnavailable(error)) throw error;
      // A reset would tell a client that is ahead that the database had been restored. This instance catches up later.
      if (since > event.version) return versionPacket(event);
      // The status is in memory. A refusal would end an `EventSource` for good.
      return resetPacket(event);
    }
  }

  #tell({ eventId }: Pick<LiveEvent, 'eventId'>, make: () => Packet): void {
    const subscriptions = this.#byEvent.get(eventId);
    if (!subscriptions) return;
    const packet = make();
    for (const subscription of subscriptions) subscription.tell(packet);
  }

  #nextBeat(): void {
    this.#beat = (this.#beat + 1) % BEAT_SECONDS;
    for (const subscription of this.#beats[this.#beat] ?? []) subscription.beat();
  }

  #add(eventId: string, subscription: Subscription): void {
    const subscriptions = this.#byEvent.get(eventId) ?? new Set();
    this.#byEvent.set(eventId, subscriptions.add(subscription));
  }

  #remove(eventId: string, subscription: Subscription): void {
    const subscriptions = this.#byEvent.get(eventId);
    subscriptions?.delete(subscription);
    if (subscriptions?.size === 0) this.#byEvent.delete(eventId);
  }
}
