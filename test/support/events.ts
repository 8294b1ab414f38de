import { randomUUID } from 'node:crypto';
import type { Db } from '../../src/database/database.ts';
import type { EventStatus } from '../../src/database/schema.ts';

const DAY_MS = 86_400_000;

export interface EventSeed {
  title?: string;
  artist?: string | null;
  status?: EventStatus;
  /** Days from now; negative for the past. */
  saleStartsIn?: number;
  saleEndsIn?: number;
  takesPlaceIn?: number;
  /** Seats in rows of ten. The event gets a hall of its own. */
  seats?: number;
  /** The stock of each ticket type. */
  stock?: number[];
  /** Of a seat and of a ticket, in won. */
  price?: number;
}

/** Makes an event on sale, with these seats and ticket types. */
export async function seedEvent(db: Db, seed: EventSeed = {}) {
  const {
    title = '시험 공연',
    artist = null,
    status = 'on_sale',
    seats = 0,
    stock = [],
    price = 50_000,
  } = seed;
  const days = (count: number) => new Date(Date.now() + count * DAY_MS);
  const eventId = randomUUID();
  const rows = Math.ceil(seats / 10);

  let layoutId: string | null = null;
  if (seats > 0) {
    layoutId = randomUUID();
    const sections = [{ name: 'A', rows, seatsPerRow: 10, startRow: 1, price }];
    await db
      .insertInto('seat_layouts')
      .values({
        id: layoutId,
        name: `hall-${layoutId}`,
        description: null,
        total_seats: seats,
        layout_config: JSON.stringify({ sections }),
      })
      .execute();
  }
  await db
    .insertInto('events')
    .values({
      id: eventId,
      title,
      description: null,
      venue: '시험 공연장',
      address: null,
      event_date: days(seed.takesPlaceIn ?? 30),
      sale_start_date: days(seed.saleStartsIn ?? -1),
      sale_end_date: days(seed.saleEndsIn ?? 29),
      poster_image_url: null,
      status,
      seat_layout_id: layoutId,
      artist_name: artist,
      created_by: null,
    })
    .execute();

  const seatIds = Array.from({ length: seats }, () => randomUUID());
  if (seats > 0) {
    await db
      .insertInto('seats')
      .values(
        seatIds.map((id, index) => {
          const [row, number] = [Math.floor(index / 10) + 1, (index % 10) + 1];
          return {
            id,
            event_id: eventId,
            section: 'A',
            row_number: row,
            seat_number: number,
            seat_label: `A-${row}-${number}`,
            price,
          };
        }),
      )
      .execute();
  }
  const ticketTypeIds = stock.map(() => randomUUID());
  if (stock.length > 0) {
    await db
      .insertInto('ticket_types')
      .values(
        stock.map((quantity, index) => ({
          id: ticketTypeIds[index] as string,
          event_id: eventId,
          name: `${index + 1}등석`,
          description: null,
          price,
          total_quantity: quantity,
          available_quantity: quantity,
        })),
      )
      .execute();
  }
  return { eventId, seatIds, ticketTypeIds };
}
