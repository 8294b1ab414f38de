import type pg from 'pg';
import type { SaleSettings } from '../../config/config.ts';
import { pairKey } from '../../idempotency/lock-names.ts';
import { type Chosen, type Facts, type Seat, settled } from '../group-commit/decide.ts';
import { lockFreeSeats } from '../group-commit/facts.ts';
import type { BestRequest, HoldRequest } from '../hold-request.ts';
import { type Choice, findSeats } from './find-seats.ts';
import type { Hall } from './hall.ts';
import type { HallCache } from './hall-cache.ts';
import type { HallSeat } from './hall-row.ts';

/** Choosing, locking and finding some of the seats taken, before a request is left to a later batch. */
const ROUNDS = 10;

/** After so many the picture of the hall is looked over: what others took is heard of within a few ms, if they can be heard. */
const ROUNDS_OF_BAD_LUCK = 2;

/**
 * Finds the best seats for the requests of one batch that ask for them, and locks them. Each instance chooses from its own picture of
 * the hall, so that two of them may want the same seats: whoever locks them first has them, the other chooses again without waiting.
 *
 * The picture shows what is committed: what is promised here is left out of it until `end`, when it is known what became of it.
 */
export class BestSeats {
  readonly #halls: HallCache;
  readonly #requests: HoldRequest[];
  readonly #settings: SaleSettings;
  readonly #choosings = new Map<string, Choosing>();
  #guessed: Seat[] = [];

  constructor(halls: HallCache, requests: HoldRequest[], settings: SaleSettings) {
    this.#halls = halls;
    this.#requests = requests;
    this.#settings = settings;
  }

  /**
   * Chooses before anything is known about the requests, so that the seats are locked in the round trip that learns it. To be called
   * when all locks that are waited for were sent: whoever has seats out of order must not wait for more.
   */
  async guess(client: pg.PoolClient): Promise<void> {
    const ids: string[] = [];
    for (const [eventId, wishes] of this.#wishes(hopes(this.#requests))) {
      const hall = this.#halls.known(eventId);
      if (hall) ids.push(...this.#begin(eventId, hall).choose(wishes));
    }
    this.#guessed = await lockFreeSeats(client, ids);
  }

  /** @param facts gets the seats that are locked here */
  async choose(client: pg.PoolClient, facts: Facts): Promise<Map<HoldRequest, Chosen>> {
    const halls = this.#halls;
    const chosen = new Map<HoldRequest, Chosen>();
    for (const seat of this.#guessed) facts.seats.set(seat.id, seat);
    for (const [eventId, wishes] of this.#wishes(facts)) {
      const choosing = this.#choosings.get(eventId) ?? this.#begin(eventId, await halls.get(client, eventId));
      const { hall } = choosing;
      await choosing.serve(client, facts, wishes, (refusing) =>
        halls.refresh(client, eventId, hall, { refusing }),
      );
      for (const wish of wishes) chosen.set(wish, choosing.outcome(wish));
      if (hall.outdated) halls.drop(eventId);
    }
    return chosen;
  }

  end(): void {
    for (const choosing of this.#choosings.values()) choosing.end();
  }

  #wishes(facts: Facts): Map<string, BestRequest[]> {
    return Map.groupBy(served(this.#requests, facts, this.#settings), ({ eventId }) => eventId);
  }

  #begin(eventId: string, hall: Hall): Choosing {
    const choosing = new Choosing(hall, this.#requests);
    this.#choosings.set(eventId, choosing);
    return choosing;
  }
}

/** What is hoped for until the facts are there: that nothing is in the way of anybody. */
function hopes(requests: HoldRequest[]): Facts {
  return {
    now: 0,
    events: new Map(requests.map(({ eventId }) => [eventId, null])),
    claims: new Map(),
    keys: new Map(),
    busyKeys: new Set(),
    seats: new Map(),
    stock: new Map(),
  };
}

/**
 * The requests of the best seats that will be granted if there are seats. Those that would pass a limit, or repeat a key, once what
 * is asked before them in this batch is granted, get no seats promised that others could have: should they be wrong about it,
 * they ask again.
 */
function served(requests: HoldRequest[], facts: Facts, settings: SaleSettings): BestRequest[] {
  if (!requests.some(({ kind }) => kind === 'best')) return [];
  const claims = new Map([...facts.claims].map(([key, held]) => [key, { ...held }]));
  const keys = new Map(facts.keys);
  const later = { ...facts, claims, keys };
  return requests.filter((request): request is BestRequest => {
    if (settled(request, later, settings)) return false;
    const { userId, eventId, idempotency } = request;
    if (idempotency) {
      const { key, fingerprint } = idempotency;
      keys.set(pairKey(userId, key), { fingerprint, status: 201, body: '' });
    }
    if (request.kind === 'tickets') return false;
    const held = claims.get(pairKey(userId, eventId)) ?? { seats: 0, tickets: 0 };
    claims.set(pairKey(userId, eventId), held);
    held.seats += request.kind === 'seats' ? request.seatIds.length : request.quantity;
    return request.kind === 'best';
  });
}

/** The choices of one batch in one hall. */
class Choosing {
  readonly hall: Hall;
  /** Chosen, and not known yet whether they can be had. */
  readonly #tries = new Map<BestRequest, Choice>();
  readonly #promised = new Map<BestRequest, Choice>();
  /** Tried or promised; or locked by others at this moment; or somebody of this batch asks for them by name. */
  readonly #leftOut = new Set<HallSeat>();

  constructor(hall: Hall, requests: HoldRequest[]) {
    this.hall = hall;
    for (const id of requests.flatMap((request) => (request.kind === 'seats' ? request.seatIds : []))) {
      const seat = hall.seat(id);
      if (seat) this.#leaveOut(seat);
    }
  }

  /** @returns the seats that must be locked now */
  choose(wishes: BestRequest[]): string[] {
    return wishes.flatMap((wish) => {
      const choice = findSeats(this.hall.groups(wish.section), wish);
      if (!choice) return [];
      this.#tries.set(wish, choice);
      for (const seat of choice.seats) this.#leaveOut(seat);
      return choice.seats.map(({ id }) => id);
    });
  }

  async serve(
    client: pg.PoolClient,
    facts: Facts,
    wishes: BestRequest[],
    refresh: (refusing: boolean) => Promise<boolean>,
  ): Promise<void> {
    let waiting = this.#settle(wishes, facts);
    for (let round = 0; round < ROUNDS && waiting.length > 0; round++) {
      if (round >= ROUNDS_OF_BAD_LUCK) await refresh(false);
      const ids = this.choose(waiting);
      if (ids.length === 0 && !(await refresh(true))) break;
      // A seat of the facts is locked already.
      const locked = await lockFreeSeats(
        client,
        ids.filter((id) => !facts.seats.has(id)),
      );
      for (const seat of locked) facts.seats.set(seat.id, seat);
      waiting = this.#settle(waiting, facts);
    }
  }

  outcome(wish: BestRequest): Chosen {
    const choice = this.#promised.get(wish);
    if (choice) return { seatIds: choice.seats.map(({ id }) => id), adjacent: choice.adjacent };
    if (this.hall.outdated || this.#mayBeServedLater(wish)) return { seatIds: null, why: 'crowded' };
    return { seatIds: null, why: this.hall.size > 0 ? 'SOLD_OUT' : 'SEAT_MAP_NOT_FOUND' };
  }

  end(): void {
    this.#putBack([...this.#leftOut]);
  }

  #putBack(seats: HallSeat[]): void {
    this.hall.putBack(seats);
    for (const seat of seats) this.#leftOut.delete(seat);
  }

  /**
   * Promises what was chosen for these wishes, where all of it can be had; other seats are for everybody again, unless others have them.
   *
   * @returns the wishes that go on waiting
   */
  #settle(wishes: BestRequest[], facts: Facts): BestRequest[] {
    for (const { id, status, version } of facts.seats.values())
      this.hall.note({ seatId: id, status, version });
    const served = new Set(wishes);
    for (const [wish, choice] of this.#tries) {
      const ours = choice.seats.filter((seat) => this.#isOurs(seat, facts));
      if (served.has(wish) && ours.length === choice.seats.length) this.#promised.set(wish, choice);
      else this.#putBack(ours);
    }
    this.#tries.clear();
    return wishes.filter((wish) => !this.#promised.has(wish));
  }

  /** Locked for this batch, available, and what it is thought to be. */
  #isOurs({ id, price }: HallSeat, facts: Facts): boolean {
    const seat = facts.seats.get(id);
    if (seat?.status !== 'available') return false;
    if (seat.price !== price) this.hall.outdated = true;
    return seat.price === price;
  }

  /** Whoever needs what others are about to take asks again, when it is known what became of it. */
  #mayBeServedLater(wish: BestRequest): boolean {
    const promised = new Set([...this.#promised.values()].flatMap(({ seats }) => seats));
    const others = this.hall.leftOut.filter((seat) => !promised.has(seat));
    this.hall.putBack(others);
    const choice = findSeats(this.hall.groups(wish.section), wish);
    for (const seat of others) this.hall.leaveOut(seat);
    return choice !== undefined;
  }

  #leaveOut(seat: HallSeat): void {
    this.hall.leaveOut(seat);
    this.#leftOut.add(seat);
  }
}
