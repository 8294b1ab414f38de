import type { CrowdRecord } from './record.ts';

/** What the process of a crowd and the one that started it tell each other. */

export const MOST_BUYERS = 5_000;
export const FEWEST_BUYERS = 200;
export const SLOWEST = 0.25;
export const FASTEST = 10;

/** What may change while the crowd is there. */
export interface CrowdSettings {
  /** How many come in all. */
  buyers: number;
  /** How much faster than people they live. */
  speed: number;
}

/** How hard a crowd is on the service. */
export interface Manners {
  /** All arrive within this time of theirs. */
  arrivalMs: number;
  /** The requests of all buyers together. */
  requestsPerSecond: number;
  /** Requests that may be on their way at once: a service that is slow gets fewer. */
  inFlight: number;
  /** All who wait ask for their place so often together, or after `nextPollMs` if that is later. */
  pollsPerSecond: number;
}

/** Where a buyer is. Each one who has arrived is in exactly one of these stages. */
export const STAGES = ['waiting', 'inside', 'holding', 'bought', 'gaveUp', 'refused'] as const;
export type Stage = (typeof STAGES)[number];

export type Figures = Record<Stage, number> & { arrived: number };

export const NO_FIGURES: Figures = {
  arrived: 0,
  waiting: 0,
  inside: 0,
  holding: 0,
  bought: 0,
  gaveUp: 0,
  refused: 0,
};

export type ToWorker =
  | {
      kind: 'start';
      origin: string;
      eventId: string;
      paymentToken: string;
      settings: CrowdSettings;
      manners: Manners;
    }
  | { kind: 'settings'; settings: CrowdSettings }
  /** One for each buyer who may come. */
  | { kind: 'tokens'; tokens: string[] }
  /** Another crowd knows that this rank in line was let in. */
  | { kind: 'inside'; rank: number }
  /** All go home, and give back what they hold. */
  | { kind: 'leave' };

export interface FromWorker {
  figures: Figures;
  record: CrowdRecord;
}
