import type { Server, Socket } from 'socket.io';
import type { ClientToServerEvents, ServerToClientEvents } from '../contract/socket.ts';
import type { RoomSnapshot } from '../database/schema.ts';
import type { Language } from '../lib/language.ts';
import type { Claims } from '../plugins/auth.ts';
import type { Allowance } from './allowance.ts';
import type { Changes } from './changes.ts';

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
