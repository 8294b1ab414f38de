import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { routes } from '../../src/contract/routes.ts';
import type { EventSeed } from '../support/events.ts';
import type { Service } from '../support/service.ts';
import type { OperationId } from './answers.ts';
import type { Call } from './call.ts';
import { organizerCalls } from './organizer/calls.ts';

export const METRICS_TOKEN = randomUUID();

/** A call of the operation that succeeds, with an event and a user of its own. */
export async function callOf(service: Service, operationId: OperationId): Promise<Call> {
  const { method, url, config } = routes[operationId];
  const userId = randomUUID();
  const headers = {
    public: () => ({}),
    user: () => service.as(userId),
    organizer: () => service.as(userId, 'organizer'),
    admin: () => service.as(userId, 'admin'),
    service: () => service.as(userId, 'service'),
  }[config.auth]();
  const organizerCall = organizerCalls[operationId];
  if (organizerCall) return await organizerCall(service, { method, url, headers, userId });
  const title = `공연 ${userId}`;
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ title, seats: 6, stock: [20, 5] });
  const hold = { eventId, seatIds: seatIds.slice(0, 2) };
  const purchase = { eventId, items: [{ ticketTypeId: ticketTypeIds[0], quantity: 2 }] };
  const call = (path: string, payload?: object): Call => ({
    method,
    url: path,
    headers,
    ...(payload !== undefined && { payload }),
  });
  const make = async (
    path: '/api/v1/seats/reserve' | '/api/v1/reservations',
    payload: object,
  ): Promise<string> => {
    // A service has no reservations of its own, nor has a caller without a token.
    const buyer = config.auth === 'user' ? headers : service.as();
    const answer = await service.app.inject({ method: 'POST', url: path, headers: buyer, payload });
    return answer.json().reservation.id;
  };

  switch (operationId) {
    case 'getMetrics':
      return { ...call(url), headers: { authorization: `Bearer ${METRICS_TOKEN}` } };
    case 'listEvents':
      return call(`${url}?limit=20&q=${encodeURIComponent(title)}`);
    case 'getEvent':
      return call(url.replace(':id', eventId));
    case 'getEventChanges':
      await make('/api/v1/seats/reserve', hold);
      return call(`${url.replace(':eventId', eventId)}?since=${await versionOf(service, eventId)}`);
    case 'getTicketAvailability':
      return call(url.replace(':ticketTypeId', ticketTypeIds[0] as string));
    case 'reserveSeats':
      return call(url, hold);
    case 'holdBestAvailable':
      return call(url, { eventId, quantity: 2 });
    case 'getSeatReservation':
      return call(url.replace(':reservationId', await make('/api/v1/seats/reserve', hold)));
    case 'createReservation':
      return call(url, purchase);
    case 'listMyReservations':
      await make('/api/v1/seats/reserve', hold);
      await make('/api/v1/reservations', purchase);
      return call(`${url}?limit=1`);
    case 'getReservation':
    case 'cancelReservation':
    case 'extendReservation':
    case 'getPayment':
      return call(url.replace(':id', await make('/api/v1/reservations', purchase)));
    case 'confirmReservation': {
      const payment = { paymentId: `pay_${userId}`, paymentMethod: 'card', amount: 100_000 };
      return call(url.replace(':id', await make('/api/v1/reservations', purchase)), payment);
    }
    case 'noteRefund':
    case 'listRefundsDue': {
      const id = await make('/api/v1/reservations', purchase);
      const paid = { payment_id: `pay_${userId}`, paid_at: new Date() };
      await service.db
        .updateTable('reservations')
        .set({ status: 'cancelled', refund_due: true, ...paid })
        .where('id', '=', id)
        .execute();
      return call(url.includes(':id') ? url.replace(':id', id) : `${url}?limit=1`);
    }
    case 'updateQueueSettings':
      return call(url.replace(':eventId', eventId), { threshold: 2 });
    case 'getQueueLottery':
      return call(url.replace(':eventId', await withLobby(service, { saleStartsIn: 1 })));
    case 'getQueueLotteryOrder': {
      const drawn = await withLobby(service, { saleStartsIn: 1 });
      await service.db
        .updateTable('queue_lotteries')
        .set({ drawn_at: sql`now()`, entries: 1, user_ids: Buffer.from(userId.replaceAll('-', ''), 'hex') })
        .where('event_id', '=', drawn)
        .execute();
      return call(url.replace(':eventId', drawn));
    }
    default:
      return call(url.replace(':eventId', eventId));
  }
}

async function versionOf(service: Service, eventId: string): Promise<number> {
  const { rows } = await sql<{ version: number }>`
    SELECT version::integer FROM event_seats WHERE event_id = ${eventId}`.execute(service.db);
  return (rows[0] as { version: number }).version;
}

/** Seeds an event that opens a lobby half an hour before its sale. */
export async function withLobby(service: Service, seed: EventSeed): Promise<string> {
  const { eventId } = await service.seedEvent(seed);
  const answer = await service.app.inject({
    method: 'PATCH',
    url: `/api/v1/queue/admin/${eventId}`,
    headers: service.as(undefined, 'admin'),
    payload: { lobbyMinutes: 30 },
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return eventId;
}
