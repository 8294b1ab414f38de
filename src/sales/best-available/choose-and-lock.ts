import type pg from 'pg';
import type { BestRequest, HoldRequest } from '../hold-request.ts';
import type { LockedSeat } from '../inventory.ts';
import type { Hall } from './hall.ts';
import { type Chosen, HallChoices } from './hall-choices.ts';
import type { Halls } from './halls.ts';
import { lockWithoutWaiting } from './lock-without-waiting.ts';

/**
 * Chooses the best seats for the requests of one batch, and locks them. Each instance chooses from the event in its memory, so two
 * instances may want the same seats: the first to lock them has them, and the other chooses again without waiting.
 *
 * A hall shows what is committed. Seats that are chosen here are left out of it until `end`, when their transaction is over.
 */
export class BestSeats {
  readonly #halls: Halls;
  readonly #requests: HoldRequest[];
  readonly #choices = new Map<string, HallChoices>();
  #guessed: LockedSeat[] = [];

  constructor(halls: Halls, requests: HoldRequest[]) {
    this.#halls = halls;
    this.#requests = requests;
  }

  /**
   * Chooses and locks seats before the facts are known, in the same round trip that reads them. Call it after sending every lock that
   * is waited for: it takes seats out of order, and a transaction that did so must not wait for more.
   */
  async guess(client: pg.PoolClient, wishes: BestRequest[]): Promise<void> {
    const ids: string[] = [];
    for (const [eventId, wishesOfEvent] of Map.groupBy(wishes, (wish) => wish.eventId)) {
      const hall = this.#halls.get(eventId);
      if (hall) ids.push(...this.#begin(eventId, hall).choose(wishesOfEvent));
    }
    this.#guessed = await lockWithoutWaiting(client, ids);
  }

  /** @param seats the locked seats of the batch; those that are locked here are added */
  async choose(
    client: pg.PoolClient,
    wishes: BestRequest[],
    seats: Map<string, LockedSeat>,
  ): Promise<Map<BestRequest, Chosen>> {
    const halls = this.#halls;
    const chosen = new Map<BestRequest, Chosen>();
    for (const seat of this.#guessed) seats.set(seat.id, seat);
    for (const [eventId, wishesOfEvent] of Map.groupBy(wishes, (wish) => wish.eventId)) {
      const choices = this.#choices.get(eventId) ?? this.#begin(eventId, await halls.load(client, eventId));
      await choices.serve(client, wishesOfEvent, seats, () => halls.refresh(client, eventId));
      for (const wish of wishesOfEvent) chosen.set(wish, choices.of(wish));
      // The requests that found no seats ask again, and find the new ones.
      if (choices.hall.isOutdated) await halls.refresh(client, eventId);
    }
    return chosen;
  }

  end(): void {
    for (const choices of this.#choices.values()) choices.end();
  }

  #begin(eventId: string, hall: Hall): HallChoices {
    const choices = new HallChoices(hall, this.#requests);
    this.#choices.set(eventId, choices);
    return choices;
  }
}
