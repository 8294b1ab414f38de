import type { HallName } from './halls.ts';
import type { VenueName } from './venues.ts';

/** A time of day in Korea, on a day counted from the day of the seed. */
export type Moment = readonly [day: number, time: `${number}:${number}`];

type TicketOffer = readonly [name: string, price: number, quantity: number, description: string];

export interface DemoEvent {
  /** The ids of the event, its seats and its ticket types are derived from the key, so it never changes. */
  key: string;
  title: string;
  /** `null` for an event with several performers. */
  artist: string | null;
  venue: VenueName;
  starts: Moment;
  /** The sale ends an hour before the start. */
  saleStarts: Moment;
  about: string;
  /** The seats of a hall, or tickets without a seat. */
  sells: HallName | readonly TicketOffer[];
  /** The seed sells its whole stock. */
  soldOut?: true;
  /** A status set by an operator, regardless of clock and stock. */
  status?: 'cancelled' | 'sold_out';
}
