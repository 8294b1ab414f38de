import type { FaultWindow } from '../harness/findings.ts';

export type Kind = 'batch' | 'sse' | 'websocket' | 'reference';

/** What a watcher did or was told, in order. Many watchers share one step, because they hear the same. */
export type Step =
  /** It connected to an instance, for the first time or again. */
  | { did: 'connect'; instance: number }
  /** It was told of changes, and applied them unless it knew them already. */
  | { did: 'hear'; from: number; version: number }
  /** It was told of changes that begin after what it knows. It kept them, and asked for what it had missed. */
  | { did: 'miss'; from: number; version: number }
  /** It got what it had missed. */
  | { did: 'catch-up'; from: number; version: number }
  /** It read the whole map. After the first one it needs a reason: the service has told it to, or could not tell what it missed. */
  | { did: 'read'; version: number; why: Reason };

export type Reason = 'first' | 'told' | 'gone' | 'layout';

/** An event as somebody sees it. */
export interface Picture {
  version: number;
  /** A digest of the status of every seat, in the order of the layout. */
  seats: string;
  /** By ticket type: `<id> <available> of <total>`, sorted; empty for a watcher that follows seats alone. */
  stock: string[];
}

export interface WatcherRecord {
  kind: Kind;
  steps: Step[];
  /** What it shows in the end; `undefined` if it never had a map. */
  last: Picture | undefined;
}

/** The versions at one moment, in ms since 1970. */
export interface Sample {
  at: number;
  /** Committed before `at`. */
  database: number;
  /** What each watcher shows. A watcher that is not connected, or has not been for long, counts as -1. */
  watchers: Int32Array;
}

export interface WatcherHistory {
  watchers: WatcherRecord[];
  samples: Sample[];
  faults: FaultWindow[];
  /** The database after the sales, when all was quiet. */
  database: Picture;
}
