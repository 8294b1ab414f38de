import type { CallOptions } from '../http/types.ts';
import type { Reader } from './follower.ts';
import { readChanges, type WatchedService } from './service.ts';
import type { News, StockStep, StockWatch, WatchOptions } from './types.ts';
import { EventWatch } from './watch.ts';

/** Stock has no layout, so a change of the seats is one of the steps. */
const withoutSeats = <Packet extends News>(packet: Packet): Packet => ({ ...packet, layout: 0, seats: [] });

export function watchStock(
  service: WatchedService,
  eventId: string,
  { onChange, onError, socket }: WatchOptions<StockStep>,
): StockWatch {
  return new EventWatch({
    eventId,
    socket,
    stream: service.streamOf(eventId),
    readerOf: (signal) => stockReader(service, eventId, { signal }),
    pick: withoutSeats,
    onStep({ version, stock, whole }) {
      if (whole || stock.length > 0) onChange?.({ version, stock, whole });
    },
    onError,
  });
}

function stockReader({ client }: WatchedService, eventId: string, options: CallOptions): Reader {
  return {
    async changesSince(since) {
      const changes = await readChanges(client, { eventId, since }, options);
      return changes && withoutSeats(changes);
    },
    async load() {
      const { version, ticketTypes } = await client.listTicketTypes({ eventId }, options);
      const stock = ticketTypes.map(({ id, available_quantity, total_quantity }) => ({
        ticketTypeId: id,
        availableQuantity: available_quantity,
        totalQuantity: total_quantity,
      }));
      return { version, layout: 0, seats: [], stock };
    },
  };
}
