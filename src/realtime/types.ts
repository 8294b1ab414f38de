import type { Server, Socket } from 'socket.io';
import type { ClientToServerEvents, ServerToClientEvents } from '../contract/socket.ts';
import type { Language } from '../lib/language.ts';
import type { Claims } from '../plugins/auth.ts';
import type { Allowance } from './allowance.ts';
import type { Changes } from './changes.ts';

/** The part of a room's state that is known after Redis lost the room. Times are in ms since 1970, by the clock of Redis. */
export interface RoomSnapshot {
  /** When the room began: its identity. */
  born: number;
  /** When it was last alive. */
  kept: number;
  /** The last sequence number given. */
  seq: number;
  /** Users inside. */
  inside: number;
  /** Users waited. */
  line: boolean;
  /** The longer of the two times to live at that time, in ms. Unknown in a snapshot of an earlier build. */
  ttl: number | null;
}

/** Messages between instances. */
export interface BetweenInstances {
  /** Changes that one instance has committed. */
  changed: (changes: Changes[]) => void;
  /** Users who were admitted from the line of an event. */
  admitted: (eventId: string, userIds: string[]) => void;
  /** A user gave up their place at this time, in ms by the clock of Redis. */
  left: (eventId: string, userId: string, at: number) => void;
  /** What one instance heard of waiting rooms, each with its event. */
  roomsKnown: (rooms: (readonly [eventId: string, room: RoomSnapshot])[]) => void;
  /** An instance that may have missed those messages wants to know. */
  roomsAsked: () => void;
  /** Sockets have joined or left the page of an event. */
  audience: (eventId: string) => void;
}

/** What the service knows of one socket. */
interface SocketData {
  user: Claims;
  /** The language of messages for people. */
  language: Language;
  /** When the token ends, in ms since 1970. `undefined` for a token without an end. */
  expiresAt: number | undefined;
  /** The client was told that the token ends soon. */
  isWarned: boolean;
  /** Made with the first event that the client sends. */
  allowance: Allowance | undefined;
}

export type RealtimeServer = Server<ClientToServerEvents, ServerToClientEvents, BetweenInstances, SocketData>;
export type UserSocket = Socket<ClientToServerEvents, ServerToClientEvents, BetweenInstances, SocketData>;
