import { createReservation, holdBestAvailable, reserveSeats } from '../../contract/routes.ts';
import { SECONDS } from '../../plugins/metrics/metrics.ts';
import type { RouteAnswers } from '../../plugins/metrics/request-metrics.ts';

/** Marks of the counts that are kept. With one each 5 s, they reach back a minute. */
const MARKS = 12;
export const MARK_EVERY_MS = 60_000 / MARKS;

const HOLD_ROUTES = [reserveSeats, holdBestAvailable, createReservation];

interface Counts {
  requests: number;
  /** Answers from 500 on. */
  errors: number;
  /** Holds that were made. */
  holds: number;
  /** Holds that were refused. */
  refusals: number;
  /** Answers of the routes that hold, in each bucket of `SECONDS` and above. */
  holdTimes: number[];
}

/** What an instance answered lately. */
export interface Recent extends Counts {
  /** In how many seconds. */
  seconds: number;
}

/** What was answered in the last minute: the difference between counts that grow since the start, so that no request pays for it. */
export class RecentRequests {
  readonly #answers: ReadonlyMap<string, RouteAnswers>;
  readonly #marks: { at: number; counts: Counts }[] = [];

  constructor(answers: ReadonlyMap<string, RouteAnswers>) {
    this.#answers = answers;
    this.mark();
  }

  /** To be called every `MARK_EVERY_MS`. */
  mark(): void {
    this.#marks.push({ at: performance.now(), counts: countsOf(this.#answers) });
    if (this.#marks.length > MARKS) this.#marks.shift();
  }

  read(): Recent {
    const [{ at, counts: before }] = this.#marks as [{ at: number; counts: Counts }];
    const now = countsOf(this.#answers);
    return {
      // An instance that has just started doesn't know its rates yet.
      seconds: Math.max(1, (performance.now() - at) / 1_000),
      requests: now.requests - before.requests,
      errors: now.errors - before.errors,
      holds: now.holds - before.holds,
      refusals: now.refusals - before.refusals,
      holdTimes: now.holdTimes.map((count, index) => count - (before.holdTimes[index] as number)),
    };
  }
}

function countsOf(answers: ReadonlyMap<string, RouteAnswers>): Counts {
  const holding = HOLD_ROUTES.flatMap(({ method, url }) => answers.get(`${method} ${url}`) ?? []);
  return {
    requests: count(answers.values(), 0, 999),
    errors: count(answers.values(), 500, 999),
    holds: count(holding, 200, 299),
    refusals: count(holding, 400, 499),
    holdTimes: [...SECONDS, Number.POSITIVE_INFINITY].map((_, bucket) =>
      holding.reduce((total, { times }) => total + (times.buckets[bucket] as number), 0),
    ),
  };
}

/** Answers with a status in this range. */
function count(answers: Iterable<RouteAnswers>, from: number, to: number): number {
  let total = 0;
  for (const { byStatus } of answers)
    for (const [status, count] of byStatus) if (status >= from && status <= to) total += count;
  return total;
}
