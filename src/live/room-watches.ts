import { isUnavailable } from '../errors/unavailable.ts';
import { joinRoom } from '../realtime/socket-rooms.ts';
import type { RealtimeServer, UserSocket } from '../realtime/types.ts';
import type { Live, LiveEvent } from './types.ts';

const AGAIN_MS = 1_000;

/** Watches an event while a socket of this instance is in one of its rooms, so that the room hears of every change. */
export class RoomWatches {
  readonly #io: RealtimeServer;
  readonly #live: Pick<Live, 'watch'>;
  readonly #releases = new Map<string, () => void>();

  constructor(io: RealtimeServer, live: Pick<Live, 'watch'>) {
    this.#io = io;
    this.#live = live;
    io.sockets.adapter.on('delete-room', (room: string) => {
      this.#releases.get(room)?.();
      this.#releases.delete(room);
    });
  }

  /**
   * Every change after the version that the event has now reaches the socket.
   *
   * @throws Problem EVENT_NOT_FOUND, TOO_MANY_REQUESTS; an error of PostgreSQL
   */
  async join(socket: UserSocket, room: string, eventId: string): Promise<LiveEvent> {
    const { event, release } = await this.#live.watch(eventId);
    try {
      await joinRoom(socket, room);
    } finally {
      this.#keep(room, release);
    }
    return event;
  }

  /** The same, but while PostgreSQL is away, the socket joins all the same: existing clients don't try again. */
  async joinAnyway(socket: UserSocket, room: string, eventId: string): Promise<LiveEvent | undefined> {
    try {
      return await this.join(socket, room, eventId);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await joinRoom(socket, room);
      this.#tryAgain(room, eventId);
      return undefined;
    }
  }

  /** A room needs one watch, as long as it exists. A socket that has disconnected meanwhile made no room. */
  #keep(room: string, release: () => void): void {
    if (this.#isOpen(room) && !this.#releases.has(room)) this.#releases.set(room, release);
    else release();
  }

  #tryAgain(room: string, eventId: string): void {
    setTimeout(async () => {
      if (!this.#isOpen(room) || this.#releases.has(room)) return;
      try {
        this.#keep(room, (await this.#live.watch(eventId)).release);
      } catch {
        this.#tryAgain(room, eventId);
      }
    }, AGAIN_MS).unref();
  }

  #isOpen(room: string): boolean {
    return this.#io.sockets.adapter.rooms.has(room);
  }
}
