import type { ManagerOptions, SocketOptions } from 'socket.io-client';
import type { ClientEventPayloads, ServerEventPayloads } from '../../contract/socket-types.ts';
import type { TiketiError } from '../error.ts';
import type { RefreshToken, Token } from '../session.ts';

/** The events of a socket: those of the service, and those of the connection. */
export interface TiketiSocketEvents extends ServerEventPayloads {
  /** The connection is open. If `recovered`, it continues the previous one, and the missed events arrive by themselves. */
  connect: { recovered: boolean };
  /** The connection is lost. The socket reconnects by itself, unless `close()` ended it. */
  disconnect: { reason: string };
  /**
   * The connection could not be opened. After `NETWORK_ERROR` the socket tries again by itself. Any other code is a refusal by the
   * service, and final until `connect()`.
   */
  connect_error: TiketiError;
  /** A new connection has joined its rooms again. It missed what happened in these events: read their state again. */
  rejoined: { eventIds: string[] };
  /** A seat selection was joined, for the first time or again after a reconnect, when the event was at this version. */
  'seats-joined': { eventId: string; version: number; layout: number };
}

export type ClientEvent = keyof ClientEventPayloads;

export interface TiketiSocketOptions {
  /** The address of the service, for example `https://tickets.example`. */
  url: string;
  /**
   * The JWT, or a function that returns the current one. It is called at each connect and reconnect. Give the client and the socket of
   * one user the same function, so that the socket sends the proofs of the user's places that the client received.
   */
  token?: Token;
  /** Fetches a new token. It is called once when the service refuses the token of a connection, which then uses the new one. */
  refreshToken?: RefreshToken;
  /** Milliseconds to wait for the answer to a sent event, including the time to connect. 10,000 by default. */
  timeoutMs?: number;
  /** Other options of socket.io-client, such as `path`, `transports` or `extraHeaders`. */
  io?: Partial<Omit<ManagerOptions & SocketOptions, 'auth' | 'forceNew'>>;
}

/**
 * A Socket.IO connection to the service. It reconnects by itself, and joins its rooms again.
 *
 * A sent event resolves when the service has accepted it, and rejects with a {@link TiketiError}. Its code is that of the service for
 * a refusal (`VALIDATION_FAILED`, `EVENT_NOT_FOUND`, `FORBIDDEN`, `TOO_MANY_REQUESTS`, `SERVICE_UNAVAILABLE`, `INTERNAL_ERROR`, or
 * `UNAUTHENTICATED`, `TOKEN_INVALID` and `TOKEN_EXPIRED` for a refused connection), and `NETWORK_ERROR` if no answer arrives in time.
 */
export interface TiketiSocket {
  readonly connected: boolean;

  /**
   * Adds a listener.
   *
   * @returns a function that removes it
   */
  on<Name extends keyof TiketiSocketEvents>(
    name: Name,
    listener: (payload: TiketiSocketEvents[Name]) => void,
  ): () => void;

  /** Removes the listener that `on` added with the same name. */
  off<Name extends keyof TiketiSocketEvents>(
    name: Name,
    listener: (payload: TiketiSocketEvents[Name]) => void,
  ): void;

  /** Sends an event of the contract with its payload. */
  send<Name extends ClientEvent>(name: Name, payload: ClientEventPayloads[Name]): Promise<void>;

  /** Enters the page of an event: receives `room-info` and `ticket-updated`. */
  joinEvent(eventId: string): Promise<void>;
  /** Leaves the page of an event. */
  leaveEvent(eventId: string): Promise<void>;
  /**
   * Follows the line of an event (`queue-updated`, `queue-cleared`), and keeps the user's place in it while connected. Compute the
   * position with {@link positionInLine} from the user's own `sequence` and each `queue-updated`.
   */
  joinQueue(eventId: string): Promise<void>;
  /** Stops following the line. The REST client's `leaveQueue` gives up the place in it. */
  leaveQueue(eventId: string): Promise<void>;
  /**
   * Follows the seats of an event: receives other users' `seat-update`, and `seat-locked`, `seat-selected` and `seat-released` for each
   * seat, or with `batch` one `seats-changed` for all of them. The client's `watchSeats` does that by itself.
   */
  joinSeatSelection(eventId: string, options?: { batch?: boolean }): Promise<void>;
  /** Stops following the seats. */
  leaveSeatSelection(eventId: string): Promise<void>;
  /** Shows other users which seats this user considers. It does not hold them. Join the seat selection first. */
  changeSeatSelection(selection: ClientEventPayloads['seat-selection-changed']): Promise<void>;

  /** Connects again, after a refusal or after `close()`. A new socket connects by itself. */
  connect(): void;
  /** Ends the connection, and rejects the events that wait for an answer. */
  close(): void;
}
