import type { SeatAttribute, SeatStatus } from '../database/schema.ts';
import type { Changes } from '../realtime/changes.ts';
import type { Query } from './query.ts';

/** The two bits of a seat's status. */
export type StatusCode = 0 | 1 | 2 | 3;

export const STATUS_CODES = { available: 0, locked: 1, reserved: 2, blocked: 3 } as const satisfies Record<
  SeatStatus,
  StatusCode
>;

/** By code. */
export const STATUSES = ['available', 'locked', 'reserved', 'blocked'] as const satisfies SeatStatus[];

/** By code, as the reference's clients know them: to a buyer, a blocked seat is a sold one. */
export const SHOWN_STATUSES = ['available', 'locked', 'reserved', 'reserved'] as const;

export interface Stock {
  ticketTypeId: string;
  availableQuantity: number;
  totalQuantity: number;
}

/**
 * What changed in an event after version `from`, up to `version`: the last state of each seat and stock. A receiver at any version from
 * `from` up to `version` may apply it. A receiver at an older one has missed something.
 */
export interface EventChanges {
  eventId: string;
  from: number;
  version: number;
  /** The number of the layout that the indexes belong to. A receiver with another one reads the layout and the status again. */
  layout: number;
  seats: [index: number, status: StatusCode][];
  stock: Stock[];
}

/** What doesn't change while an event sells. Index i of each list is seat i, in the order of section, row, number and id. */
export interface SeatLayout {
  /** Grows when seats are added or removed, or when their places, labels, prices or attributes change, or companion seats are
   * released. */
  readonly number: number;
  readonly ids: readonly string[];
  readonly sections: readonly string[];
  readonly rows: readonly number[];
  readonly numbers: readonly number[];
  readonly labels: readonly string[];
  /** Whole won. */
  readonly prices: readonly number[];
  /** Where each seat is in the hall, in the hall's own units. Empty if that is not known of any seat. */
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  /** The indexes of the seats that have an attribute. Few have any. */
  readonly attributes: Readonly<Partial<Record<SeatAttribute, readonly number[]>>>;
  /** Whether companion seats are sold by themselves. */
  readonly companionsReleased: boolean;
  indexOf(seatId: string): number | undefined;
}

/** The seats and the stock of one event in memory, exactly as they were at `version`. */
export interface LiveEvent {
  readonly eventId: string;
  readonly version: number;
  /** Replaced when the layout changes. Empty for an event without seats. */
  readonly layout: SeatLayout;
  /** A status code for each seat. Read it only: it changes in place with each version. */
  readonly statuses: Uint8Array;
  /** The row version of each seat, as the reference's packets carry it. */
  readonly seatVersions: Uint32Array;
  readonly availableSeats: number;
  /** By ticket type id, each with the version of its row. */
  readonly stock: ReadonlyMap<string, Stock & { version: number }>;
}

/** Every event that this instance serves, kept up to date by the news of all instances and healed from PostgreSQL. */
export interface Live {
  /** The event from memory, at least as new as the last commit of this instance, or read from PostgreSQL. @throws Problem EVENT_NOT_FOUND */
  get(eventId: string): Promise<LiveEvent>;
  /** The event if it is in memory and known to be up to date. */
  peek(eventId: string): LiveEvent | undefined;
  /** The event if it is in memory, up to date or not; for a caller that finds out on locked rows. */
  inMemory(eventId: string): LiveEvent | undefined;
  /**
   * Reads what the event in memory has missed, or the whole event, on the caller's connection: a transaction that holds locks must not
   * wait for another one. @throws Problem EVENT_NOT_FOUND
   */
  bringUpToDate(eventId: string, query: Query): Promise<LiveEvent>;
  /** Keeps the event in memory and up to date until it is released. @throws Problem EVENT_NOT_FOUND */
  watch(eventId: string): Promise<{ event: LiveEvent; release(): void }>;
  /**
   * What changed after `since`, from memory or PostgreSQL; `undefined` if that is too long ago or the layout has changed since.
   *
   * @param query reads from PostgreSQL; by default on the connections of all requests
   */
  changesSince(eventId: string, since: number, query?: Query): Promise<EventChanges | undefined>;
  /** Tells of commits of this instance, here and on all others. Call it after the commit. */
  publish(changes: Changes[]): void;
  /** Calls the listener with each step of an event in memory, from one version to a later one, as it is applied. */
  onChanges(listener: (event: LiveEvent, changes: EventChanges) => void): void;
  /** The same, with the steps of at most 50 ms as one; for subscribers. */
  onTick(listener: (event: LiveEvent, changes: EventChanges) => void): void;
  /** Calls the listener when the layout of an event in memory was replaced, or what was missed can't be told: subscribers start anew. */
  onReset(listener: (event: LiveEvent) => void): void;
}
