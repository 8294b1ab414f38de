import type { EventDetail, SeatWatch, StockWatch, TiketiClient, WatchedSeat } from '../../../client/index.ts';

/** What a buyer has taken and not yet paid. */
export interface Hold {
  id: string;
  totalAmount: number;
  expiresAt: string;
  /** The ids of its seats, or that of its ticket type once for each ticket. */
  places: string[];
}

/** What an event sells. */
export interface Offer {
  /** Nothing is left, and nothing is held that could come back. */
  isSoldOut(): boolean;
  /** @returns undefined while everything is taken */
  hold(buyer: TiketiClient): Promise<Hold | undefined>;
}

/** One of these many seats or tickets is what most people want. */
const QUANTITIES = [1, 2, 2, 2, 3, 4];

/** Follows the event over one stream for all buyers. */
export async function offerOf(visitor: TiketiClient, event: EventDetail): Promise<Offer> {
  if (event.seat_layout_id === null) {
    const shelf = visitor.watchStock(event.id);
    await shelf.ready;
    return ticketOffer(shelf, event.limits.max_tickets_per_reservation);
  }
  const hall = visitor.watchSeats(event.id);
  await hall.ready;
  return seatOffer(hall, event.limits.max_seats_per_reservation);
}

function seatOffer(hall: SeatWatch, most: number): Offer {
  const { eventId } = hall;
  return {
    isSoldOut: () => hall.seats.every(({ status }) => status === 'reserved'),
    async hold(buyer) {
      const quantity = Math.min(most, pick(QUANTITIES));
      const seats = Math.random() < 0.5 ? chooseSeats(hall.seats, quantity) : undefined;
      if (seats?.length === 0) return undefined;
      const { reservation } = seats
        ? await buyer.reserveSeats({ eventId, seatIds: seats.map(({ id }) => id) })
        : await buyer.holdBestAvailable({ eventId, quantity });
      return { ...reservation, places: reservation.seats.map(({ id }) => id) };
    },
  };
}

function ticketOffer(shelf: StockWatch, most: number): Offer {
  const { eventId } = shelf;
  const levels = () => [...shelf.stock.values()];
  return {
    isSoldOut: () => levels().every(({ availableQuantity }) => availableQuantity === 0),
    async hold(buyer) {
      const left = levels().filter(({ availableQuantity }) => availableQuantity > 0);
      if (left.length === 0) return undefined;
      const { ticketTypeId, availableQuantity } = pick(left);
      const quantity = Math.min(most, availableQuantity, pick(QUANTITIES));
      const { reservation } = await buyer.createReservation({ eventId, items: [{ ticketTypeId, quantity }] });
      return { ...reservation, places: Array.from({ length: quantity }, () => ticketTypeId) };
    },
  };
}

/** Any free seat, and the free ones to its right, as many as wanted or fewer. */
function chooseSeats(seats: readonly WatchedSeat[], quantity: number): WatchedSeat[] {
  const free = seats.filter(({ status }) => status === 'available');
  const start = Math.floor(Math.random() * free.length);
  const first = free[start];
  if (!first) return [];
  return free
    .slice(start, start + quantity)
    .filter(
      (seat, step) =>
        seat.section === first.section &&
        seat.row_number === first.row_number &&
        seat.index === first.index + step,
    );
}

function pick<T>(choices: readonly T[]): T {
  return choices[Math.floor(Math.random() * choices.length)] as T;
}
