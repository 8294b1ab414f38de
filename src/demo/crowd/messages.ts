/** What the service and the process of the crowd tell each other. */

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
  | { kind: 'start'; origin: string; eventId: string; paymentToken: string; settings: CrowdSettings }
  | { kind: 'settings'; settings: CrowdSettings }
  /** One for each buyer who may come. */
  | { kind: 'tokens'; tokens: string[] }
  /** All go home, and give back what they hold. */
  | { kind: 'leave' };

export type FromWorker = Figures;
