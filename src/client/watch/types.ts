import type { components } from '../../contract/socket-types.ts';
import type { TiketiError } from '../error.ts';
import type { Seat } from '../http/types.ts';
import type { TiketiSocket } from '../socket/socket-types.ts';

/** A seat as it is at the version of the watch. A change makes a new object of it, and leaves the others. */
export type WatchedSeat = Readonly<Seat & { index: number }>;

type Messages = components['schemas'];

/** What is left of a ticket type. */
export type StockLevel = Readonly<Messages['StockLevel']>;

/** What changed in an event after version `from`, up to `version`. */
export type EventChanges = Pick<Messages['LiveChanges'], 'from' | 'version' | 'layout' | 'seats'> & {
  stock: StockLevel[];
};

/** A message of the service. Those without changes name the current version. */
export type News = Pick<EventChanges, 'version' | 'layout'> & Partial<EventChanges>;

/** An event as it was read from the service. */
export interface LoadedEvent {
  version: number;
  layout: number;
  seats: WatchedSeat[];
  stock: StockLevel[];
}

/** One step of a watch from a version to a later one. */
export interface WatchChange {
  /** The version that the watch shows now. */
  version: number;
  /** The seats that changed, as they are now. All of them if `whole`. */
  seats: WatchedSeat[];
  /** The stock that changed, as it is now. All of it if `whole`. */
  stock: StockLevel[];
  /** The event was read as a whole: at first, after a change of the layout, and after an absence of more than ten minutes. */
  whole: boolean;
}

export interface WatchOptions {
  /** Follows the event over this socket, with the connection that it has already. By default a watch opens a stream of its own. */
  socket?: TiketiSocket;
  /** Called after each step, when the watch shows the new version. */
  onChange?: (change: WatchChange) => void;
  /**
   * Called with each failure. The watch tries again by itself, except after `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` and
   * `VALIDATION_FAILED`, which close it.
   */
  onError?: (error: TiketiError) => void;
}

/** The stock of an event, kept up to date. */
export interface StockWatch {
  readonly eventId: string;
  /** The version of the event that this watch shows. It only grows. 0 before `ready`. */
  readonly version: number;
  /** By ticket type id. */
  readonly stock: ReadonlyMap<string, StockLevel>;
  /** Resolves when the event has been read. Rejects with the error that closed the watch before. */
  readonly ready: Promise<void>;
  /** Ends the watch. It keeps what it shows. */
  close(): void;
}

/** The seats and the stock of an event, kept up to date. */
export interface SeatWatch extends StockWatch {
  /** The number of the layout. It grows when seats are added, removed, moved or priced anew. 0 before `ready`. */
  readonly layout: number;
  /** In the order of section, row, number and id. */
  readonly seats: readonly WatchedSeat[];
  /** The status of a seat, by its index or its id. `undefined` for an unknown one. */
  status(indexOrId: number | string): WatchedSeat['status'] | undefined;
}
