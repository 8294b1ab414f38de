import type { FastifyBaseLogger } from 'fastify';
import type { ServerEventPayloads } from '../contract/socket.ts';
import { messages } from '../lib/messages.ts';
import type { Changes } from './changes.ts';
import { englishQueueRoom, eventRoom, queueRoom, seatBatchRoom, seatsRoom } from './socket-rooms.ts';
import type { BetweenInstances, RealtimeServer, UserSocket } from './types.ts';
import { SocketsOfUsers } from './users.ts';

/**
 * What instances tell each other, and the messages to subscribers that come from it. Changes of seats and stock go to `app.live`, which
 * puts them in order, reads those that were lost, and tells subscribers.
 *
 * No method throws. What they announce has happened: it is committed, or done in Redis. A failed step must reach neither the
 * buyer as an error nor the steps after it, so it is logged.
 */
export class Announcements {
  readonly #io: RealtimeServer;
  readonly #users: SocketsOfUsers;
  readonly #reachesOthers: () => boolean;
  readonly #whileLate: () => Promise<void> | undefined;
  readonly #log: Pick<FastifyBaseLogger, 'error'>;
  readonly #listeners: ((changes: Changes) => void)[] = [];
  readonly #hearingListeners: (() => void)[] = [];
  readonly #leaveListeners: BetweenInstances['left'][] = [];

  /**
   * @param reachesOthers whether other instances can be reached now; if not, only this instance's subscribers get the messages
   * @param whileLate while it takes long to know whether they can: resolves when it is known
   */
  constructor(
    io: RealtimeServer,
    reachesOthers: () => boolean,
    whileLate: () => Promise<void> | undefined,
    log: Pick<FastifyBaseLogger, 'error'>,
  ) {
    this.#io = io;
    this.#users = new SocketsOfUsers(io);
    this.#reachesOthers = reachesOthers;
    this.#whileLate = whileLate;
    this.#log = log;
    io.on('changed', (changes) => this.#note(changes));
    io.on('left', (...left) => this.#noteLeft(...left));
    io.on('admitted', (eventId, userIds) => this.#tellAdmitted(eventId, userIds));
  }

  /** Whether other instances can be reached now. */
  get reachesOthers(): boolean {
    return this.#reachesOthers();
  }

  /** The listener gets the changes of every instance. */
  onChanged(listener: (changes: Changes) => void): void {
    this.#listeners.push(listener);
  }

  /** The listener is called when the news of other instances are heard again: some may have been lost. */
  onHearing(listener: () => void): void {
    this.#hearingListeners.push(listener);
  }

  /** The news of other instances are heard. */
  hearing(): void {
    for (const listener of this.#hearingListeners) this.#attempt(listener);
  }

  /** The listener gets every place that was given up, on any instance. */
  onLeft(listener: BetweenInstances['left']): void {
    this.#leaveListeners.push(listener);
  }

  left(...left: Parameters<BetweenInstances['left']>): void {
    this.#noteLeft(...left);
    this.#tellOthers('left', ...left);
  }

  /** The listener gets what other instances heard of waiting rooms. */
  onRoomsKnown(listener: BetweenInstances['roomsKnown']): void {
    this.#io.on('roomsKnown', listener);
  }

  roomsKnown(...news: Parameters<BetweenInstances['roomsKnown']>): void {
    this.#tellOthers('roomsKnown', ...news);
  }

  /** The listener is called when another instance wants to hear of all rooms. */
  onRoomsAsked(listener: () => void): void {
    this.#io.on('roomsAsked', listener);
  }

  askForRooms(): void {
    this.#tellOthers('roomsAsked');
  }

  /** Announces changes. Call it after the commit, because caches are read again from now on. */
  changed(changes: Changes[]): void {
    if (changes.length === 0) return;
    this.#note(changes);
    this.#tellOthers('changed', changes);
  }

  /** Tells the sockets of this instance. The others tell theirs. */
  roomInfo(info: ServerEventPayloads['room-info']): void {
    this.#attempt(() => this.#io.local.to(eventRoom(info.eventId)).emit('room-info', info));
  }

  /** The listener gets each page that sockets joined or left on another instance. */
  onAudience(listener: BetweenInstances['audience']): void {
    this.#io.on('audience', listener);
  }

  audience(eventId: string): void {
    this.#tellOthers('audience', eventId);
  }

  /** Shows other users which seats a user is considering. They are not held, so the service keeps no record. */
  seatUpdate(senderId: string, update: ServerEventPayloads['seat-update']): void {
    const [plain, batch] = [seatsRoom(update.eventId), seatBatchRoom(update.eventId)];
    this.#attempt(() => this.#to(plain).to(batch).except(senderId).emit('seat-update', update));
  }

  queueUpdated(update: Omit<ServerEventPayloads['queue-updated'], 'timestamp'>): void {
    const timestamp = new Date().toISOString();
    this.#attempt(() => this.#to(queueRoom(update.eventId)).emit('queue-updated', { ...update, timestamp }));
  }

  /**
   * Tells the admitted users alone, because existing clients take every such message as their own. Instances exchange one message
   * for all of them.
   */
  entryAllowed(eventId: string, userIds: string[]): void {
    this.#tellAdmitted(eventId, userIds);
    this.#tellOthers('admitted', eventId, userIds);
  }

  /** Tells this user's sockets of this instance. */
  entryAllowedHere(eventId: string, userId: string): void {
    for (const socket of this.#users.of(userId)) this.entryAllowedTo(socket, eventId);
  }

  /** Tells one socket of this instance. */
  entryAllowedTo(socket: UserSocket, eventId: string): void {
    const { user, language } = socket.data;
    const message = messages.entryAllowed[language];
    this.#attempt(() => socket.emit('queue-entry-allowed', { eventId, userId: user.userId, message }));
  }

  /** Tells each language by a room of its own. */
  queueCleared(eventId: string): void {
    const [all, english] = [queueRoom(eventId), englishQueueRoom(eventId)];
    const { ko, en } = messages.queueCleared;
    this.#attempt(() => this.#to(all).except(english).emit('queue-cleared', { eventId, message: ko }));
    this.#attempt(() => this.#to(english).emit('queue-cleared', { eventId, message: en }));
  }

  #attempt(step: () => unknown): void {
    try {
      step();
    } catch (error) {
      this.#log.error({ err: error }, 'a step of an announcement failed');
    }
  }

  #tellOthers<Name extends keyof BetweenInstances>(
    name: Name,
    ...news: Parameters<BetweenInstances[Name]>
  ): void {
    const tell = () => this.#attempt(() => this.#reachesOthers() && this.#io.serverSideEmit(name, ...news));
    // A sale doesn't wait for a late Redis, but its news do: if Redis has stopped answering, it would deliver them when it recovers.
    const known = this.#whileLate();
    if (known === undefined) tell();
    else void known.then(tell);
  }

  #noteLeft(...left: Parameters<BetweenInstances['left']>): void {
    for (const listener of this.#leaveListeners) this.#attempt(() => listener(...left));
  }

  #tellAdmitted(eventId: string, userIds: string[]): void {
    for (const userId of userIds) this.entryAllowedHere(eventId, userId);
  }

  #note(changes: Changes[]): void {
    for (const each of changes) for (const listener of this.#listeners) this.#attempt(() => listener(each));
  }

  #to(room: string) {
    return this.#reachesOthers() ? this.#io.to(room) : this.#io.local.to(room);
  }
}
