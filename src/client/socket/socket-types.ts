import type { ManagerOptions, SocketOptions } from 'socket.io-client';
import type { ClientEventPayloads, ServerEventPayloads } from '../../contract/socket-types.ts';
import type { TiketiError } from '../error.ts';
import type { RefreshToken, Token } from '../session.ts';

/** What a socket can be listened to for: the service's events, and what happens to the connection. */
export interface TiketiSocketEvents extends ServerEventPayloads {
  /** The connection stands. `recovered`: it is the one from before, and what was missed meanwhile comes by itself. */
  connect: { recovered: boolean };
  /** It is lost, and tried again by itself, unless `close()` ended it. */
  disconnect: { reason: string };
  /**
   * It could not be made. With the code `NETWORK_ERROR` it is tried again by itself; any other code is the service's refusal, and
   * final until `connect()`.
   */
  connect_error: TiketiError;
  /** A new connection is back in its rooms. What these events told meanwhile was missed: read their state again. */
  rejoined: { eventIds: string[] };
}

export type ClientEvent = keyof ClientEventPayloads;

export interface TiketiSocketOptions {
  /** Where the service is, for example `https://tickets.example`. */
  url: string;
  /**
   * The JWT, or a function that gives the current one; asked at each connect and reconnect. Give the client and the socket of one
   * user the same function: the socket then shows what the client was given for the user's places in waiting rooms.
   */
  token?: Token;
  /** Gets a new token; called once when the service refuses a connection for its token, which is then made with the new one. */
  refreshToken?: RefreshToken;
  /** Milliseconds to wait for the answer to an event that was sent, time to connect included; 10,000 where it is left out. */
  timeoutMs?: number;
  /** Whatever else socket.io-client takes, such as `path`, `transports` or `extraHeaders`. */
  io?: Partial<Omit<ManagerOptions & SocketOptions, 'auth' | 'forceNew'>>;
}

/**
 * A connection to the Socket.IO side of the service. It is kept up by itself, and each new one is brought back into its rooms.
 *
 * What is sent resolves when the service has accepted it, and rejects with a {@link TiketiError}: with the service's code where it
 * refuses (`VALIDATION_FAILED`, `EVENT_NOT_FOUND`, `FORBIDDEN`, `TOO_MANY_REQUESTS`, `SERVICE_UNAVAILABLE`, `INTERNAL_ERROR`; the
 * token's `UNAUTHENTICATED`, `TOKEN_INVALID` and `TOKEN_EXPIRED` where it refuses the connection), with `NETWORK_ERROR` where no
 * answer comes in time.
 */
export interface TiketiSocket {
  readonly connected: boolean;

  /**
   * Hears of an event from now on.
   *
   * @returns ends that
   */
  on<Name extends keyof TiketiSocketEvents>(
    name: Name,
    listener: (payload: TiketiSocketEvents[Name]) => void,
  ): () => void;

  /** Ends what `on` began with the same name and listener. */
  off<Name extends keyof TiketiSocketEvents>(
    name: Name,
    listener: (payload: TiketiSocketEvents[Name]) => void,
  ): void;

  /** Sends any event of the contract with its payload. */
  send<Name extends ClientEvent>(name: Name, payload: ClientEventPayloads[Name]): Promise<void>;

  /** Comes to the page of an event: `room-info` and `ticket-updated` are heard. */
  joinEvent(eventId: string): Promise<void>;
  /** Leaves the page of an event. */
  leaveEvent(eventId: string): Promise<void>;
  /**
   * Hears of the line of an event (`queue-updated`, `queue-cleared`), and keeps this user's place in it while connected. The position
   * comes without asking: {@link positionInLine} of one's own `sequence` and each `queue-updated`.
   */
  joinQueue(eventId: string): Promise<void>;
  /** Hears no more of the line. The place in it is given up with the REST client's `leaveQueue`. */
  leaveQueue(eventId: string): Promise<void>;
  /** Hears of each seat of an event: `seat-locked`, `seat-selected`, `seat-released`, and the others' `seat-update`. */
  joinSeatSelection(eventId: string): Promise<void>;
  /** Hears no more of the seats. */
  leaveSeatSelection(eventId: string): Promise<void>;
  /** Shows the others in the seat selection which seats this user has in mind. It holds nothing. Join the seat selection first. */
  changeSeatSelection(selection: ClientEventPayloads['seat-selection-changed']): Promise<void>;

  /** Connects again, after a refusal or after `close()`. A new socket connects by itself. */
  connect(): void;
  /** Ends the connection; what waits for an answer is rejected. */
  close(): void;
}
