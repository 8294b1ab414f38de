import { TiketiError } from '../error.ts';
import type { CallOptions, SeatAttribute, SeatLayoutColumns } from '../http/types.ts';
import { statusOf } from './event-state.ts';
import type { Reader } from './follower.ts';
import { readChanges, type WatchedService } from './service.ts';
import type { LoadedEvent, SeatsStep, SeatWatch, WatchedSeat, WatchOptions } from './types.ts';
import { EventWatch } from './watch.ts';

export function watchSeats(
  service: WatchedService,
  eventId: string,
  { onChange, onError, socket }: WatchOptions<SeatsStep>,
): SeatWatch {
  return new EventWatch({
    eventId,
    socket,
    stream: service.streamOf(eventId),
    readerOf: (signal) => seatReader(service, eventId, { signal }),
    pick: ({ stock: _, ...news }) => news,
    onStep({ version, seats, whole }) {
      if (whole || seats.length > 0) onChange?.({ version, seats, whole });
    },
    onError,
  });
}

function seatReader({ client }: WatchedService, eventId: string, options: CallOptions): Reader {
  let known: SeatLayoutColumns | undefined;
  return {
    changesSince: (since) => readChanges(client, { eventId, since }, options),
    async load(): Promise<LoadedEvent> {
      const [{ version, layout, statuses }, columns] = await Promise.all([
        client.getSeatStatuses({ eventId }, options),
        known ?? client.getSeatLayout({ eventId }, options),
      ]);
      // The layout may have changed between the two answers, or one of them come from a cache.
      known = columns.layout < layout ? await client.getSeatLayout({ eventId }, options) : columns;
      if (known.layout !== layout) {
        known = undefined;
        throw new TiketiError('UNEXPECTED_ANSWER', 'Layout and status are not of the same time');
      }
      return { version, layout, seats: seatsOf(known, statuses), stock: [] };
    },
  };
}

/** @param statuses two bits a seat, in Base64, the first seat of each byte in its highest bits */
function seatsOf(
  { ids, sections, rows, numbers, labels, prices, x, y, attributes = {} }: SeatLayoutColumns,
  statuses: string,
): WatchedSeat[] {
  const bytes = atob(statuses);
  const attributesOf = attributesBySeat(attributes);
  return ids.map((id, index) => ({
    index,
    id,
    section: sections[index],
    row_number: rows[index],
    seat_number: numbers[index],
    seat_label: labels[index],
    price: prices[index],
    status: statusOf((bytes.charCodeAt(index >> 2) >> (6 - 2 * (index & 3))) & 3),
    ...(typeof x?.[index] === 'number' && { x: x[index] }),
    ...(typeof y?.[index] === 'number' && { y: y[index] }),
    ...(attributesOf.has(index) && { attributes: attributesOf.get(index) }),
  })) as WatchedSeat[];
}

function attributesBySeat(
  attributes: NonNullable<SeatLayoutColumns['attributes']>,
): Map<number, SeatAttribute[]> {
  const bySeat = new Map<number, SeatAttribute[]>();
  for (const [attribute, seats] of Object.entries(attributes) as [SeatAttribute, number[]][])
    for (const seat of seats) bySeat.set(seat, [...(bySeat.get(seat) ?? []), attribute]);
  return bySeat;
}
