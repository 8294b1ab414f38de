import type { FaultWindow } from '../harness/findings.ts';

export type State = 'inside' | 'waiting' | 'lobby' | 'outside';

interface Buyer {
  /** Sends its pass or ticket with each request. Existing clients don't, and lose their place when Redis is lost. */
  claims: boolean;
  /** When it fell silent on purpose, or had finished. */
  silentFrom?: number;
}

/** One request as its buyer saw it, or a moment at which its socket was open. Times are ms since 1970, by one clock. */
export interface Contact {
  /** The index in `History.buyers`. A buyer has one request under way at a time. */
  user: number;
  /** `socket`: in the queue room with an open connection, which is contact without an answer. */
  kind: 'check' | 'status' | 'heartbeat' | 'leave' | 'socket';
  instance: number;
  /** When the buyer wanted to send it. The difference is the delay of the run itself. */
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
  /** When to poll again. */
  nextPollMs?: number;
}

/** A socket was open in the queue room. */
interface Presence {
  user: number;
  instance: number;
  from: number;
  to: number;
}

export interface RoomFault extends FaultWindow {
  /** Whether Redis lost everything, or the last of it. */
  loses: boolean;
  /** Instances that tell their sockets nothing meanwhile, and may not know of the contact that an open one is. */
  mutes?: number[];
}

export interface History {
  settings: {
    threshold: number;
    /** A silence of this length ends a place, in line and inside. */
    ttlMs: number;
    /** After a loss the line stands still for this long. */
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
