/** A time in which a fault may excuse an answer. */
export interface FaultWindow {
  name: string;
  from: number;
  /** When everything worked again. */
  to: number;
  /** Whether 503 is a right answer. */
  unavailable: boolean;
  /** Until when 503 is a right answer in any case. */
  lockedUntil?: number;
  /** Instances whose connections may break. */
  breaks: number[];
}

export interface Violation {
  rule: string;
  detail: string;
}

/** Time after a fault for connections to be made again, and for requests that waited through it. */
export const GRACE_MS = 4_000;

/** Counts equal names, the most frequent first: `a 2, b 1`. */
export function tally(names: string[]): string {
  const groups = [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const);
  return groups
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
