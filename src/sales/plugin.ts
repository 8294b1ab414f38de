import fp from 'fastify-plugin';
import type { SaleSettings } from '../config.ts';
import { Problem } from '../errors.ts';
import { every } from '../every.ts';
import { buyTickets, type TicketRequest } from './buy-tickets.ts';
import { cancelReservation } from './cancel.ts';
import { expireInTheWay, sweep } from './expire.ts';
import { type HeldReservation, holdSeats, type SeatHold } from './hold-seats.ts';
import { createSeatLocks } from './seat-locks.ts';

declare module 'fastify' {
  interface FastifyInstance {
    sales: Sales;
  }
}

/** The sale engine: every change of a seat or of stock goes through here, and is told after its commit. */
export interface Sales {
  holdSeats(request: { userId: string; eventId: string; seatIds: string[] }): Promise<SeatHold>;
  buyTickets(request: TicketRequest): Promise<HeldReservation>;
  cancel(userId: string, reservationId: string): Promise<void>;
}

export default fp<{ settings: SaleSettings }>(
  async (app, { settings }) => {
    const { db, announcements } = app;
    const locks = createSeatLocks(app.redis, app.redisPrefix, app.log);

    const sales: Sales = {
      async holdSeats(request) {
        const { eventId, seatIds } = request;
        return await locks.holding(eventId, seatIds, async () => {
          const decide = () => holdSeats(db, settings, request);
          const free = () => expireInTheWay(db, (items) => items.and([items('seat_id', 'in', seatIds)]));
          const { hold, changes } = await again('SEAT_UNAVAILABLE', free, decide);
          announcements.changed([changes]);
          return hold;
        });
      },

      async buyTickets(request) {
        const typeIds = request.items.map(({ ticketTypeId }) => ticketTypeId);
        const decide = () => buyTickets(db, settings, request);
        const free = () => expireInTheWay(db, (items) => items.and([items('ticket_type_id', 'in', typeIds)]));
        const { reservation, changes } = await again('SOLD_OUT', free, decide);
        announcements.changed([changes]);
        return reservation;
      },

      async cancel(userId, reservationId) {
        announcements.changed(await cancelReservation(db, userId, reservationId));
      },
    };

    /** Decides; where claims stand in the way that are over but not swept yet, ends them and decides once more. */
    async function again<T>(
      refusal: 'SEAT_UNAVAILABLE' | 'SOLD_OUT',
      free: () => ReturnType<typeof expireInTheWay>,
      decide: () => Promise<T>,
    ): Promise<T> {
      try {
        return await decide();
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== refusal) throw error;
        const changes = await free();
        if (changes.length === 0) throw error;
        announcements.changed(changes);
        return await decide();
      }
    }

    let closing = false;
    const stopSweeping = every(
      settings.sweepIntervalMs,
      async () => {
        for (let more = true; more && !closing; ) {
          const result = await sweep(db);
          announcements.changed(result.changes);
          more = result.more;
        }
      },
      (error) => app.log.error({ err: error }, 'the sweep of expired holds failed; it will try again'),
    );
    app.addHook('preClose', async () => {
      closing = true;
      await stopSweeping();
    });
    app.decorate('sales', sales);
  },
  { name: 'sales', dependencies: ['database', 'redis', 'realtime'] },
);
