import { io, type Socket } from 'socket.io-client';
import type {
  Acknowledgement,
  ClientEventPayloads,
  ServerEventPayloads,
} from '../../contract/socket-types.ts';
import { fromRefusal, networkError, TiketiError } from '../error.ts';
import { Places } from '../places.ts';
import { Session } from '../session.ts';
import { Listeners } from './listeners.ts';
import { type Room, Rooms } from './rooms.ts';
import type { ClientEvent, TiketiSocket, TiketiSocketEvents, TiketiSocketOptions } from './socket-types.ts';

const TIMEOUT_MS = 10_000;
const REJOIN_FIRST_MS = 1_000;
const REJOIN_LAST_MS = 30_000;
type Accepted = Extract<Acknowledgement, { ok: true }>;

/** Refusals that may soon end. The socket asks for the room again. */
const RETRYABLE: readonly string[] = [
  'TOO_MANY_REQUESTS',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
  'NETWORK_ERROR',
];

/**
 * Connects to the service with Socket.IO. It connects at once, and events wait until the connection is open.
 *
 * @example
 * const socket = createTiketiSocket({ url: 'https://tickets.example', token: () => session.token });
 * socket.on('seat-locked', ({ seatId, status }) => paint(seatId, status));
 * await socket.joinSeatSelection(eventId); // throws TiketiError
 */
export function createTiketiSocket(options: TiketiSocketOptions): TiketiSocket {
  return new Connection(options);
}

class Connection implements TiketiSocket {
  readonly #io: Socket;
  readonly #session: Session;
  readonly #timeoutMs: number;
  readonly #listeners = new Listeners<TiketiSocketEvents>();
  readonly #rooms = new Rooms();
  readonly #places: Places;
  /** The rooms that the current connection has not joined again yet. */
  #missing = new Set<Room>();
  #connections = 0;
  /** Rejects the sent events that wait for an answer. */
  readonly #waiting = new Set<(error: TiketiError) => void>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  /** The reason why events can't be sent until `connect()`. */
  #ended: TiketiError | undefined;
  #handshakes = 0;
  #sentToken: string | undefined;
  /** Whether the token was renewed since the last open connection. A second refusal is final. */
  #renewed = false;

  constructor({ url, token, refreshToken, timeoutMs = TIMEOUT_MS, io: others }: TiketiSocketOptions) {
    this.#session = new Session(token, refreshToken);
    this.#places = Places.of(token, refreshToken);
    this.#timeoutMs = timeoutMs;
    this.#io = io(url, {
      // WebSocket first, because it needs no sticky sessions at a load balancer. Long polling is for proxies that block WebSocket.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      ...others,
      forceNew: true,
      auth: (send) => void this.#handshake(send),
    });
    this.#io.on('connect', () => this.#connected());
    this.#io.on('disconnect', (reason) => this.#disconnected(reason));
    this.#io.on('connect_error', (error: Error & { data?: unknown }) => void this.#notConnected(error));
    this.#io.on('token-expiring', () => void this.#authenticate().catch(() => undefined));
    this.#io.on('queue-cleared', ({ eventId }) => this.#places.forget(eventId));
    this.#io.onAny((name: keyof ServerEventPayloads, payload) => this.#listeners.tell(name, payload));
  }

  get connected(): boolean {
    return this.#io.connected;
  }

  on<Name extends keyof TiketiSocketEvents>(
    name: Name,
    listener: (payload: TiketiSocketEvents[Name]) => void,
  ) {
    this.#listeners.add(name, listener);
    return () => this.off(name, listener);
  }

  off<Name extends keyof TiketiSocketEvents>(
    name: Name,
    listener: (payload: TiketiSocketEvents[Name]) => void,
  ): void {
    this.#listeners.delete(name, listener);
  }

  async send<Name extends ClientEvent>(name: Name, payload: ClientEventPayloads[Name]): Promise<void> {
    if ('eventId' in payload) this.#rooms.left(name, payload.eventId);
    const answer = await this.#exchange(name, payload);
    if (!answer.ok) throw fromRefusal(answer);
    if (!('eventId' in payload)) return;
    this.#rooms.accepted(name, payload);
    this.#joined(payload, answer);
  }

  joinEvent(eventId: string) {
    return this.send('join-event', { eventId });
  }

  leaveEvent(eventId: string) {
    return this.send('leave-event', { eventId });
  }

  joinQueue(eventId: string) {
    return this.send('join-queue', this.#joining({ join: 'join-queue', eventId }));
  }

  leaveQueue(eventId: string) {
    return this.send('leave-queue', { eventId });
  }

  joinSeatSelection(eventId: string, { batch }: { batch?: boolean } = {}) {
    return this.send('join-seat-selection', { eventId, ...(batch !== undefined && { batch }) });
  }

  leaveSeatSelection(eventId: string) {
    return this.send('leave-seat-selection', { eventId });
  }

  changeSeatSelection(selection: ClientEventPayloads['seat-selection-changed']) {
    return this.send('seat-selection-changed', selection);
  }

  connect(): void {
    this.#ended = undefined;
    this.#renewed = false;
    this.#io.connect();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#end(new TiketiError('NETWORK_ERROR', 'The socket is closed'));
    this.#io.disconnect();
  }

  /** @throws TiketiError `NETWORK_ERROR`, or why the connection was refused */
  async #exchange<Name extends ClientEvent>(
    name: Name,
    payload: ClientEventPayloads[Name],
  ): Promise<Acknowledgement> {
    if (this.#ended) throw this.#ended;
    return new Promise<Acknowledgement>((resolve, reject) => {
      this.#waiting.add(reject);
      this.#io
        .timeout(this.#timeoutMs)
        .emitWithAck(name, payload)
        .then(resolve, (cause: unknown) => reject(networkError(cause, { connected: this.connected })))
        .finally(() => this.#waiting.delete(reject));
    });
  }

  async #handshake(send: (data: object) => void): Promise<void> {
    const handshake = ++this.#handshakes;
    // If the app's function fails, no token is sent, and the service refuses the connection.
    const token = await this.#session.current().catch(() => undefined);
    // A newer connection may have asked in the meantime.
    if (handshake !== this.#handshakes) return;
    this.#sentToken = token;
    send(token === undefined ? {} : { token });
  }

  #connected(): void {
    this.#renewed = false;
    const recovered = this.#io.recovered === true;
    if (!recovered) this.#missing = new Set(this.#rooms.all());
    this.#listeners.tell('connect', { recovered });
    void this.#rejoin();
  }

  #disconnected(reason: string): void {
    this.#listeners.tell('disconnect', { reason });
    // socket.io-client does not reconnect after this reason. The service uses it for a client that sends too much, and a proxy or an
    // older version of the service when it stops. Reconnect, but after a pause, and not all clients at the same time.
    if (reason === 'io server disconnect') {
      this.#later(1_000 + Math.random() * 4_000, () => {
        if (!this.#ended && !this.#io.active) this.#io.connect();
      });
    }
  }

  async #notConnected(error: Error & { data?: unknown }): Promise<void> {
    if (this.#io.active) {
      this.#listeners.tell('connect_error', networkError(error));
      return;
    }
    let cause: unknown = error;
    if (error.message.includes('authentication') && this.#session.canRenew && !this.#renewed) {
      this.#renewed = true;
      try {
        await this.#session.renew(this.#sentToken);
        if (!this.#ended) this.#io.connect();
        return;
      } catch (refreshError) {
        cause = refreshError;
      }
    }
    const refusal = fromRefusal(error.data, cause);
    this.#end(refusal);
    this.#listeners.tell('connect_error', refusal);
  }

  /** Rejects everything that waits: no answer will arrive. */
  #end(error: TiketiError): void {
    this.#ended = error;
    this.#io.sendBuffer = [];
    for (const reject of this.#waiting) reject(error);
  }

  /** Joins the missing rooms until none is left or the connection is lost. The next connection continues. */
  async #rejoin(): Promise<void> {
    const connection = ++this.#connections;
    if (this.#missing.size === 0) return;
    const isOver = () => connection !== this.#connections || !this.connected;
    for (let pause = REJOIN_FIRST_MS; ; pause = Math.min(pause * 2, REJOIN_LAST_MS)) {
      await Promise.all([...this.#missing].map((room) => this.#ask(room)));
      if (isOver()) return;
      if (this.#missing.size === 0) break;
      await new Promise<void>((resolve) => this.#later(pause, resolve));
      if (isOver()) return;
      for (const room of this.#missing) if (!this.#rooms.has(room)) this.#missing.delete(room);
    }
    const eventIds = new Set(this.#rooms.all().map(({ eventId }) => eventId));
    this.#listeners.tell('rejoined', { eventIds: [...eventIds] });
  }

  async #ask(room: Room): Promise<void> {
    const answer = await this.#exchange(room.join, this.#joining(room)).catch(() => undefined);
    if (answer === undefined || (!answer.ok && RETRYABLE.includes(answer.code))) return;
    this.#missing.delete(room);
    if (answer.ok) return this.#joined(room, answer);
    this.#rooms.drop(room);
    this.#listeners.tell('error', { code: answer.code, error: answer.error });
  }

  /** A queue is joined with the proofs of the place in it. */
  #joining({ join, eventId, batch }: Room): ClientEventPayloads['join-queue' | 'join-seat-selection'] {
    if (join === 'join-queue') return { eventId, ...this.#places.proofs(eventId) };
    return { eventId, ...(batch !== undefined && { batch }) };
  }

  /** Only the answer to a seat selection names a version. */
  #joined({ eventId }: Pick<Room, 'eventId'>, { version, layout }: Accepted): void {
    if (version !== undefined && layout !== undefined)
      this.#listeners.tell('seats-joined', { eventId, version, layout });
  }

  /** Without a new token the connection ends with the old one, and the next handshake asks for a new one. */
  async #authenticate(): Promise<void> {
    const token = await (this.#session.canRenew
      ? this.#session.renew(this.#sentToken)
      : this.#session.current());
    if (token === undefined || token === this.#sentToken) return;
    await this.send('authenticate', { token });
    this.#sentToken = token;
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}
