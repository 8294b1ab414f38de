import { LRUCache } from 'lru-cache';
import { packUuid } from '../../lib/uuid.ts';
import type { Room, Standing } from '../redis/commands.ts';
import type { Claim } from './place-tokens.ts';

const PEOPLE = 100_000;

/** Who left, or was sent home: nothing that he was given before counts. */
type Void = { kind: 'void'; at: number };

/**
 * Where this instance saw users last, for those who can't show it themselves: clients that know nothing of passes and tickets. Who is
 * forgotten here, because so many came since, still has what he was given.
 */
export class PlaceMemory {
  readonly #places = new LRUCache<string, Claim | Void>({ max: PEOPLE });

  note(eventId: string, userId: string, { state, sequence }: Standing, { now }: Room): void {
    if (state === 'outside' || state === 'claim') return;
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

  /** ms at which the user left the event, as far as this instance knows. */
  leftAt(eventId: string, userId: string): number {
    const place = this.#places.peek(keyOf(eventId, userId));
    return place?.kind === 'void' ? place.at : 0;
  }
}

const keyOf = (eventId: string, userId: string) => `${eventId}${packUuid(userId)}`;
