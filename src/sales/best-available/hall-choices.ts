import type pg from 'pg';
import type { BestRequest, HoldRequest, RefusedHold } from '../hold-request.ts';
import type { LockedSeat } from '../inventory.ts';
import { type Choice, findSeats } from './find-seats.ts';
import type { Hall } from './hall.ts';
import { lockWithoutWaiting } from './lock-without-waiting.ts';

/** How often a batch chooses again after it found some of the seats taken. Then the request is left to a later batch. */
const ROUNDS = 10;

/** After so many rounds it reads what it missed: an instance hears of what others took within a few ms, unless they can't reach it. */
const ROUNDS_OF_BAD_LUCK = 2;

/** The seats that were chosen for a best-available request, or why there are none. */
export type Chosen =
  | { kind: 'chosen'; seatIds: string[]; adjacent: boolean }
  /** There are none at the moment, because others are about to take them. */
  | { kind: 'crowded' }
  | RefusedHold;

/** The choices of one batch in one hall. */
export class HallChoices {
  readonly hall: Hall;
  /** Chosen, but not known yet to be free. */
  readonly #tries = new Map<BestRequest, Choice>();
  readonly #promised = new Map<BestRequest, Choice>();
  /** Seats that are tried or promised, that others have locked at this moment, or that a request of the batch names. */
  readonly #leftOut = new Set<number>();

  constructor(hall: Hall, requests: HoldRequest[]) {
    this.hall = hall;
    for (const request of requests) {
      if (request.kind !== 'seats') continue;
      for (const id of request.seatIds) {
        const seat = hall.layout.indexOf(id);
        if (seat !== undefined) this.#leaveOut(seat);
      }
    }
  }

  /** @returns the seats to lock now */
  choose(wishes: BestRequest[]): string[] {
    return wishes.flatMap((wish) => {
      const choice = findSeats(this.hall.groups(wish.section), wish);
      if (!choice) return [];
      this.#tries.set(wish, choice);
      for (const seat of choice.seats) this.#leaveOut(seat);
      return this.#idsOf(choice);
    });
  }

  /**
   * Chooses and locks until every wish is served, or no seats are left for it.
   *
   * @param seats the locked seats of the batch; those that are locked here are added
   * @param refresh reads what the hall has missed, and returns whether that was anything
   */
  async serve(
    client: pg.PoolClient,
    wishes: BestRequest[],
    seats: Map<string, LockedSeat>,
    refresh: () => Promise<boolean>,
  ): Promise<void> {
    let waiting = this.#keepWhatIsOurs(wishes, seats);
    for (let round = 0; round < ROUNDS && waiting.length > 0; round++) {
      if (round >= ROUNDS_OF_BAD_LUCK) await refresh();
      const ids = this.choose(waiting);
      if (ids.length === 0 && !(await refresh())) break;
      const notLockedYet = ids.filter((id) => !seats.has(id));
      for (const seat of await lockWithoutWaiting(client, notLockedYet)) seats.set(seat.id, seat);
      waiting = this.#keepWhatIsOurs(waiting, seats);
    }
  }

  of(wish: BestRequest): Chosen {
    const choice = this.#promised.get(wish);
    if (choice) return { kind: 'chosen', seatIds: this.#idsOf(choice), adjacent: choice.adjacent };
    if (this.hall.isOutdated || this.#mayBeServedLater(wish)) return { kind: 'crowded' };
    return { kind: 'refused', code: this.hall.layout.ids.length > 0 ? 'SOLD_OUT' : 'SEAT_MAP_NOT_FOUND' };
  }

  end(): void {
    this.#putBack([...this.#leftOut]);
  }

  #putBack(seats: number[]): void {
    this.hall.putBack(seats);
    for (const seat of seats) this.#leftOut.delete(seat);
  }

  /**
   * Promises each choice whose seats are all ours. The seats of the others are put back, except for those that others have locked.
   *
   * @returns the wishes that still wait
   */
  #keepWhatIsOurs(wishes: BestRequest[], seats: Map<string, LockedSeat>): BestRequest[] {
    for (const seat of seats.values()) this.hall.note(seat);
    const served = new Set(wishes);
    for (const [wish, choice] of this.#tries) {
      const ours = choice.seats.filter((seat) => this.#isOurs(seat, seats));
      if (served.has(wish) && ours.length === choice.seats.length) this.#promised.set(wish, choice);
      else this.#putBack(ours);
    }
    this.#tries.clear();
    return wishes.filter((wish) => !this.#promised.has(wish));
  }

  /** Whether this batch has locked the seat, it is available, and the hall knows it as it is. */
  #isOurs(seat: number, seats: Map<string, LockedSeat>): boolean {
    const { ids, prices } = this.hall.layout;
    const locked = seats.get(ids[seat] as string);
    if (locked?.status !== 'available') return false;
    const isKnown = locked.price === prices[seat] && !locked.kept_apart;
    if (!isKnown) this.hall.noteDifference();
    return isKnown;
  }

  #idsOf({ seats }: Choice): string[] {
    return seats.map((seat) => this.hall.layout.ids[seat] as string);
  }

  /** Whether there would be seats if those that others are about to take came back: then the request asks again. */
  #mayBeServedLater(wish: BestRequest): boolean {
    const promised = new Set([...this.#promised.values()].flatMap((choice) => choice.seats));
    const others = this.hall.leftOut.filter((seat) => !promised.has(seat));
    this.hall.putBack(others);
    const choice = findSeats(this.hall.groups(wish.section), wish);
    for (const seat of others) this.hall.leaveOut(seat);
    return choice !== undefined;
  }

  #leaveOut(seat: number): void {
    this.hall.leaveOut(seat);
    this.#leftOut.add(seat);
  }
}
