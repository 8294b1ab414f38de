import { LRUCache } from 'lru-cache';
import type { SaleSettings } from '../config/config.ts';
import type { EventLimits } from '../contract/schemas.ts';

/** What a user may hold of an event, and for how long. Each event has its own limits; those it doesn't set are the service's. */
export type Limits = Pick<
  SaleSettings,
  | 'maxSeatsPerReservation'
  | 'maxSeatsPerUser'
  | 'maxTicketsPerReservation'
  | 'maxTicketsPerUser'
  | 'holdSeconds'
  | 'extendSeconds'
>;

/** The limits of the service, as the contract has them. */
export const limitsOf = (settings: Limits): EventLimits => ({
  max_seats_per_reservation: settings.maxSeatsPerReservation,
  max_seats_per_user: settings.maxSeatsPerUser,
  max_tickets_per_reservation: settings.maxTicketsPerReservation,
  max_tickets_per_user: settings.maxTicketsPerUser,
  hold_seconds: settings.holdSeconds,
  extend_seconds: settings.extendSeconds,
});

/** Events whose limits are remembered. */
const EVENTS = 10_000;

/** The limits of events as the last batch found them: good for a guess, while the facts of each batch decide. */
export class KnownLimits {
  readonly defaults: Limits;
  readonly #own = new LRUCache<string, Limits>({ max: EVENTS });

  constructor(defaults: Limits) {
    this.defaults = defaults;
  }

  of(eventId: string): Limits {
    return this.#own.get(eventId) ?? this.defaults;
  }

  note(eventId: string, limits: Limits): void {
    this.#own.set(eventId, limits);
  }
}
