import type { components } from '../../contract/socket-types.ts';
import type { TiketiError } from '../error.ts';
import type { Seat, SeatAttribute } from '../http/types.ts';
import type { TiketiSocket } from '../socket/socket-types.ts';

type Messages = components['schemas'];

/** A seat as it is at the version of the watch. A change makes a new object of it, and leaves those of other seats. */
export type WatchedSeat = Readonly<
  Seat & {
    index: number;
    /** Where the seat is, in the hall's own units, if that is known. */
    x?: number;
    y?: number;
    /** Left out if the seat has none. */
    attributes?: readonly SeatAttribute[];
  }
>;

/** What is left of a ticket type. */
export type StockLevel = Readonly<Messages['StockLevel']>;

/** What changed in an event after version `from`, up to `version`. */
export type EventChanges = Pick<Messages['LiveChanges'], 'from' | 'version' | 'layout' | 'seats'> & {
  stock: StockLevel[];
};

/** A message of the service. Those without changes name the current version. Of a `type`, only `reset` matters. */
export type News = Pick<EventChanges, 'version' | 'layout'> & Partial<EventChanges> & { type?: string };

export interface NewsListener {
  receive(news: News): void;
  onError(error: TiketiError): void;
  /** Ends the connection. */
  signal: AbortSignal;
}

/** An event as it was read from the service. */
export interface LoadedEvent {
  version: number;
  layout: number;
  seats: WatchedSeat[];
  stock: StockLevel[];
}

/** One step of a watch to a later version. */
export interface WatchStep {
  version: number;
  /** The seats that changed, as they are now. All of them if `whole`. */
  seats: WatchedSeat[];
  /** The stock that changed, as it is now. All of it if `whole`. */
  stock: StockLevel[];
  /** The event was read as a whole: at first, after a change of the layout, and after an absence of more than ten minutes. */
  whole: boolean;
}

export type SeatsStep = Omit<WatchStep, 'stock'>;
export type StockStep = Omit<WatchStep, 'seats'>;

export interface WatchOptions<Step> {
  /** Called after each step that changed anything, when the watch shows the new state. */
  onChange?: (step: Step) => void;
  /**
   * Called with each failure. The watch tries again by itself, except after `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` and
   * `VALIDATION_FAILED`, which close it.
   */
  onError?: (error: TiketiError) => void;
  /** Follows the event over this socket. By default, and while the service refuses the socket, the watch opens a stream of its own. */
  socket?: TiketiSocket;
}

interface Watch {
  readonly eventId: string;
  /** The version of the event that the watch shows. It grows, unless the database was restored from a backup. 0 until the event has been read. */
  readonly version: number;
  /** Resolves when the event has been read. Rejects with the error that closed the watch before. */
  readonly ready: Promise<void>;
  /** Ends the watch, which keeps what it shows. */
  close(): void;
}

/** The seats of an event, kept up to date. */
export interface SeatWatch extends Watch {
  /** Grows when seats are added or removed, or when their places, labels or prices change. */
  readonly layout: number;
  /** In the order of section, row, number and id. Empty until the event has been read. */
  readonly seats: readonly WatchedSeat[];
  /** The status of a seat, by its index or its id. `undefined` for an unknown one. */
  status(indexOrId: number | string): WatchedSeat['status'] | undefined;
}

/** The stock of an event, kept up to date. */
export interface StockWatch extends Watch {
  /** By ticket type id. Empty until the event has been read. */
  readonly stock: ReadonlyMap<string, StockLevel>;
}

/** What a client can watch. It is public, so it needs no token. */
export interface Watches {
  /**
   * Shows the seats of an event, and keeps them up to date until `close()`. It reads layout and status, follows the live news, and reads
   * what it missed.
   *
   * @param options `{ onChange?, onError?, socket? }`
   * @example
   * const watch = tiketi.watchSeats(eventId, { onChange: ({ seats }) => seats.forEach(paint) });
   */
  watchSeats(eventId: string, options?: WatchOptions<SeatsStep>): SeatWatch;

  /**
   * Shows the stock of an event's ticket types, and keeps it up to date until `close()`, as `watchSeats` does with seats.
   *
   * @param options `{ onChange?, onError?, socket? }`
   * @example
   * const watch = tiketi.watchStock(eventId, { onChange: ({ stock }) => stock.forEach(show) });
   */
  watchStock(eventId: string, options?: WatchOptions<StockStep>): StockWatch;
}
