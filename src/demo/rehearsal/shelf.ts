import type { EventDetail, TiketiClient } from '../../client/index.ts';

/** How many places of each id are free, and how many aren't sold: 1 or 0 for a seat, any number for a ticket type. */
export type Shelf = Map<string, { free: number; unsold: number }>;

export async function readShelf(visitor: TiketiClient, event: EventDetail): Promise<Shelf> {
  if (event.seat_layout_id === null) {
    const { ticketTypes } = await visitor.listTicketTypes({ eventId: event.id });
    return new Map(ticketTypes.map(({ id, available_quantity: left }) => [id, { free: left, unsold: left }]));
  }
  const { seats } = await visitor.getSeatMap({ eventId: event.id });
  return new Map(
    seats.map(({ id, status }) => [
      id,
      { free: Number(status === 'available'), unsold: Number(status !== 'reserved') },
    ]),
  );
}
