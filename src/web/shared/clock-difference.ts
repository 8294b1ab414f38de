/** How far the service's clock is ahead of the browser's, in ms, and how long the call took that told it. */
export interface ClockDifference {
  ahead: number;
  spread: number;
}

/** A smaller difference is within what seconds, and the time on the way, can show. */
const FUZZ_MS = 1_500;

/** Any answer is more exact than what the page itself says. */
export function startWith(ahead: number): ClockDifference {
  return { ahead: noticeable(ahead), spread: Number.POSITIVE_INFINITY };
}

interface Call {
  /** By the browser's clock. */
  askedAt: number;
  answeredAt: number;
  /** The Date header of the answer. */
  date: number;
}

/** The quickest answer is the most exact one, until the browser's clock is set. */
export function compare(known: ClockDifference, { askedAt, answeredAt, date }: Call): ClockDifference {
  const spread = answeredAt - askedAt;
  if (Number.isNaN(date) || spread < 0) return known;
  // Then no moment of the call fits the known difference.
  const wasSet = known.ahead < date - answeredAt - FUZZ_MS || known.ahead > date + 1_000 - askedAt + FUZZ_MS;
  if (spread >= known.spread && !wasSet) return known;
  const ahead = date + 500 - (askedAt + answeredAt) / 2;
  return { ahead: noticeable(ahead), spread };
}

function noticeable(ahead: number): number {
  return Math.abs(ahead) > FUZZ_MS ? ahead : 0;
}
