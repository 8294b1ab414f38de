import {
  type EventChanges,
  type Live,
  type LiveEvent,
  type SeatLayout,
  SHOWN_STATUSES,
  type StatusCode,
} from '../live/types.ts';
import { eventOf, seatBatchRoom, seatsRoom } from '../realtime/socket-rooms.ts';
import type { RealtimeServer } from '../realtime/types.ts';

/** What the sockets without `batch` were told of an event. */
interface Shown {
  layout: SeatLayout;
  statuses: Uint8Array;
}

/**
 * Tells the sockets on the seat map of an event what has changed. Sockets with `batch` get one packet a tick, which Socket.IO encodes
 * once for all of them. The others get the reference's packets, two for each seat.
 */
export class SeatPackets {
  readonly #io: RealtimeServer;
  /** By event. Kept while a socket without `batch` is on its seat map. */
  readonly #shown = new Map<string, Shown>();

  constructor(io: RealtimeServer, live: Pick<Live, 'onTick' | 'onReset'>) {
    this.#io = io;
    io.sockets.adapter.on('delete-room', (room: string) => {
      const eventId = eventOf('seats', room);
      if (eventId !== undefined) this.#shown.delete(eventId);
    });
    live.onTick((event, changes) => {
      if (this.#has(seatBatchRoom(event.eventId)))
        io.local.to(seatBatchRoom(event.eventId)).emit('seats-changed', changes);
      if (this.#has(seatsRoom(event.eventId))) this.#tellSeats(event, changes);
    });
    live.onReset((event) => {
      const { eventId, version, layout } = event;
      if (this.#has(seatBatchRoom(eventId)))
        io.local.to(seatBatchRoom(eventId)).emit('seats-reset', { eventId, version, layout: layout.number });
      if (this.#has(seatsRoom(eventId))) this.#tellDifferences(event);
    });
  }

  /** Remembers what a socket without `batch` reads when it joins, for the day on which the event starts anew. */
  joined(event: LiveEvent): void {
    if (!this.#shown.has(event.eventId)) this.#show(event);
  }

  #has(room: string): boolean {
    return this.#io.sockets.adapter.rooms.has(room);
  }

  #show({ eventId, layout, statuses }: LiveEvent): void {
    this.#shown.set(eventId, { layout, statuses: statuses.slice() });
  }

  #tellSeats(event: LiveEvent, { seats, version }: Pick<EventChanges, 'seats' | 'version'>): void {
    const { eventId, layout, seatVersions } = event;
    const room = this.#io.local.to(seatsRoom(eventId));
    const timestamp = new Date().toISOString();
    const shown = this.#shown.get(eventId)?.statuses;
    for (const [index, code] of seats) {
      const seatId = layout.ids[index];
      const status = SHOWN_STATUSES[code];
      const seat = { eventId, seatId: seatId as string, status };
      room.emit('seat-locked', {
        ...seat,
        timestamp,
        version: seatVersions[index] as number,
        eventVersion: version,
      });
      room.emit(code === 0 ? 'seat-released' : 'seat-selected', seat);
      if (shown) shown[index] = code;
    }
  }

  /** After a reset: each seat that is not as these sockets were told. They read new seats with the next map. */
  #tellDifferences(event: LiveEvent): void {
    const before = this.#shown.get(event.eventId);
    this.#show(event);
    if (!before) return;
    const seats: EventChanges['seats'] = [];
    for (const [old, seatId] of before.layout.ids.entries()) {
      const index = event.layout.indexOf(seatId);
      if (index === undefined || event.statuses[index] === before.statuses[old]) continue;
      seats.push([index, event.statuses[index] as StatusCode]);
    }
    this.#tellSeats(event, { seats, version: event.version });
  }
}
