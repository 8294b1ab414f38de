import type { HallName } from './halls.ts';
import type { VenueName } from './venues.ts';

/** A time of the day in Korea, so many days from the day of the seed. */
export type Moment = readonly [day: number, time: `${number}:${number}`];

export type TicketOffer = readonly [name: string, price: number, quantity: number, description: string];

export interface DemoEvent {
  /** The ids of the event and of what it sells follow from it, so an old one never gets a new key. */
  key: string;
  title: string;
  /** `null` where many perform. */
  artist: string | null;
  venue: VenueName;
  starts: Moment;
  /** The sale goes on until an hour before the start. */
  saleStarts: Moment;
  about: string;
  /** The seats of a hall, or tickets without seats. */
  sells: HallName | readonly TicketOffer[];
  /** All of its stock is gone. */
  soldOut?: true;
  /** What an operator said, whatever clock and stock say. */
  status?: 'cancelled' | 'sold_out';
}
