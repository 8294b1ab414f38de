import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { Acknowledgement, ServerEventPayloads } from '../../../src/contract/socket-types.ts';
import { now } from './connections.ts';
import type { History } from './history.ts';
import type { Claims, Room } from './room-client.ts';

const ACKNOWLEDGED_WITHIN_MS = 5_000;
const BACK_AFTER_MS = 300;

/** A buyer's socket in the queue room. When it loses its instance, it reconnects to another one. */
export class Listener {
  readonly #user: number;
  readonly #token: string;
  readonly #room: Room;
  readonly #ports: number[];
  readonly #history: History;
  readonly #notesUpdates: boolean;
  #socket: Socket | undefined;
  #isOver = false;
  #joinedAt: number | undefined;
  /** How often it was told of this buyer's turn. */
  heard = 0;
  instance = 0;

  /** @param notesUpdates whether it records `queue-updated`. A few sockets are enough: all hear the same. */
  constructor(
    user: number,
    token: string,
    room: Room,
    ports: number[],
    history: History,
    notesUpdates: boolean,
  ) {
    this.#user = user;
    this.#token = token;
    this.#room = room;
    this.#ports = ports;
    this.#history = history;
    this.#notesUpdates = notesUpdates;
  }

  /** Whether it is connected and in the queue room. */
  get stands(): boolean {
    return this.#joinedAt !== undefined;
  }

  start(called: () => void, claims: () => Claims): void {
    if (this.#isOver) return;
    this.instance = this.#room.anyInstance();
    const socket = io(`http://127.0.0.1:${this.#ports[this.instance]}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token: this.#token },
    });
    this.#socket = socket;
    const again = async () => {
      this.#left();
      socket.removeAllListeners();
      await sleep(BACK_AFTER_MS * (1 + Math.random()));
      this.start(called, claims);
    };
    socket.once('connect_error', again);
    socket.once('disconnect', again);
    socket.once('connect', () => void this.#join(socket, claims));
    socket.on('queue-entry-allowed', () => {
      this.heard += 1;
      this.#history.heard.push({ user: this.#user, at: now() });
      called();
    });
    if (this.#notesUpdates)
      socket.on('queue-updated', (update: ServerEventPayloads['queue-updated']) => {
        const { queueSize, currentUsers, threshold } = update;
        this.#history.updates.push({ at: now(), queueSize, currentUsers, threshold });
      });
  }

  stop(): void {
    this.#isOver = true;
    this.#left();
    this.#socket?.removeAllListeners();
    this.#socket?.disconnect();
  }

  async #join(socket: Socket, claims: () => Claims): Promise<void> {
    const answer: Acknowledgement | undefined = await socket
      .timeout(ACKNOWLEDGED_WITHIN_MS)
      .emitWithAck('join-queue', { eventId: this.#room.eventId, ...claims() })
      .catch(() => undefined);
    if (answer?.ok && socket.connected) this.#joinedAt = now();
    else socket.disconnect();
  }

  #left(): void {
    if (this.#joinedAt === undefined) return;
    this.#history.presences.push({
      user: this.#user,
      instance: this.instance,
      from: this.#joinedAt,
      to: now(),
    });
    this.#joinedAt = undefined;
  }
}
