import type { FaultWindow } from '../sales/evidence.ts';

export type State = 'inside' | 'waiting' | 'lobby' | 'outside';

export interface Buyer {
  /** Sends its pass or ticket with each request. Existing clients don't, and lose their place when Redis is lost. */
  claims: boolean;
  /** When it fell silent on purpose, or was done. */
  silentFrom?: number;
}

/** One request as the buyer that sent it saw it, or a moment at which its socket stood. Times are ms since 1970, of one clock. */
export interface Contact {
  /** Place in `History.buyers`. A buyer has one request under way at a time. */
  user: number;
  /** `socket`: in the queue room with a connection that stands, which is contact and says nothing. */
  kind: 'check' | 'status' | 'heartbeat' | 'leave' | 'socket';
  instance: number;
  /** When the buyer wanted to: the difference is what the run itself is behind. */
  dueAt?: number;
  sentAt: number;
  endedAt: number;
  /** `null`: no answer came. */
  status: number | null;
  code?: string;
  /** Seconds. */
  retryAfter?: number;
  state?: State;
  position?: number;
  sequence?: number;
  queueSize?: number;
  currentUsers?: number;
  threshold?: number;
  /** When to come again. */
  nextPollMs?: number;
}

/** A socket stood in the queue room. */
export interface Presence {
  user: number;
  from: number;
  to: number;
}

export interface RoomFault extends FaultWindow {
  /** Redis forgot everything. */
  loses: boolean;
}

export interface History {
  settings: {
    threshold: number;
    /** Silence as long as this ends a place, in line and inside. */
    ttlMs: number;
    /** After a loss nobody is let in from the line for so long. */
    reformMs: number;
  };
  buyers: Buyer[];
  contacts: Contact[];
  presences: Presence[];
  /** Each `queue-entry-allowed`. */
  heard: { user: number; at: number }[];
  /** Each `queue-updated` that one socket an instance heard. */
  updates: { at: number; queueSize: number; currentUsers: number; threshold: number }[];
  faults: RoomFault[];
  endedAt: number;
}
