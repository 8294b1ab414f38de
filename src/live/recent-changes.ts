import type { EventChanges, Stock } from './types.ts';

/** What an event keeps in memory of its latest changes. */
const STEPS = 512;
const SEATS = 8_192;

/** The latest changes of one event, for readers that come back after a moment. Older ones are in PostgreSQL. */
export class RecentChanges {
  #steps: EventChanges[] = [];
  #seats = 0;

  add(changes: EventChanges): void {
    this.#steps.push(changes);
    this.#seats += changes.seats.length;
    // Rarely and many at once, because the start of an array is expensive to remove.
    if (this.#steps.length < 2 * STEPS && this.#seats < 2 * SEATS) return;
    let first = Math.max(0, this.#steps.length - STEPS);
    this.#seats = seatsIn(this.#steps, first);
    while (this.#seats > SEATS) this.#seats -= this.#steps[first++]?.seats.length ?? 0;
    this.#steps = this.#steps.slice(first);
  }

  /** @returns `undefined` if it doesn't reach back so far */
  since(version: number): EventChanges | undefined {
    const first = this.#steps.findLastIndex(({ from }) => from <= version);
    if (first < 0) return undefined;
    return { ...merged(this.#steps.slice(first) as [EventChanges]), from: version };
  }

  clear(): void {
    this.#steps = [];
    this.#seats = 0;
  }
}

function seatsIn(steps: EventChanges[], first: number): number {
  let seats = 0;
  for (let at = first; at < steps.length; at++) seats += steps[at]?.seats.length ?? 0;
  return seats;
}

/** Steps that follow one another, as one. */
export function merged(steps: readonly [EventChanges, ...EventChanges[]]): EventChanges {
  if (steps.length === 1) return steps[0];
  const seats = new Map(steps.flatMap((step) => step.seats));
  const stock = new Map(
    steps.flatMap((step) => step.stock.map((each): [string, Stock] => [each.ticketTypeId, each])),
  );
  const last = steps.at(-1) as EventChanges;
  return { ...last, from: steps[0].from, seats: [...seats], stock: [...stock.values()] };
}
