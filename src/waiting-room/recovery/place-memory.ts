import { LRUCache } from 'lru-cache';
import type { Claim, RoomState, Standing } from '../types.ts';

const PEOPLE = 100_000;

/** The user left or was sent home: proofs given before count no more. */
type Void = { kind: 'void'; at: number };

/**
 * Where this instance last saw users, for clients that know nothing of passes and tickets. The last 100,000 are kept; users beyond them
 * still have their tokens.
 */
export class PlaceMemory {
  /** Counted by size: `max` would take the memory of all of them at the start, in 15 ms. */
  readonly #places = new LRUCache<string, Claim | Void>({ maxSize: PEOPLE, sizeCalculation: () => 1 });

  /** News of users who left may be lost. So a user outside is forgotten too, unless the room has lost the place since it was noted. */
  note(eventId: string, userId: string, { state, sequence }: Standing, { now, reborn }: RoomState): void {
    if (state === 'claim') return;
    if (state === 'outside') {
      const place = this.of(eventId, userId);
      if (place && place.at > reborn) this.#places.delete(keyOf(eventId, userId));
      return;
    }
    const kind = state === 'inside' ? 'inside' : 'waiting';
    this.#places.set(keyOf(eventId, userId), { kind, at: now, sequence });
  }

  forget(eventId: string, userId: string, at: number): void {
    this.#places.set(keyOf(eventId, userId), { kind: 'void', at });
  }

  has(eventId: string, userId: string): boolean {
    return this.of(eventId, userId) !== undefined;
  }

  of(eventId: string, userId: string): Claim | undefined {
    const place = this.#places.get(keyOf(eventId, userId));
    return place?.kind === 'void' ? undefined : place;
  }

  /** When the user left the event, as far as this instance knows; 0 if they did not. */
  leftAt(eventId: string, userId: string): number {
    const place = this.#places.peek(keyOf(eventId, userId));
    return place?.kind === 'void' ? place.at : 0;
  }
}

const keyOf = (eventId: string, userId: string) => eventId + userId;
