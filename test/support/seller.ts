import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Role } from '../../src/plugins/auth.ts';
import type { EventSeed } from './events.ts';
import { answerOf } from './inject.ts';
import type { Service } from './service.ts';

/** An organizer who sells, and the buyers. */
export function sellerOf(service: Service, organizer: string = randomUUID()) {
  async function send(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    payload?: object,
  ) {
    const answer = await answerOf(service.app, { method, url, headers, ...(payload && { payload }) });
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      body: isJson ? JSON.parse(answer.body) : undefined,
    };
  }
  async function granted(url: string, headers: Record<string, string>, payload: object = {}) {
    const answer = await send('POST', url, headers, payload);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.body;
  }
  return {
    organizer,
    async seed(seed: EventSeed) {
      const event = await service.seedEvent(seed);
      await service.db
        .updateTable('events')
        .set({ created_by: organizer })
        .where('id', '=', event.eventId)
        .execute();
      return event;
    },
    /** Asks as the organizer, unless told otherwise. */
    get: (path: string, userId: string = organizer, role: Role = 'organizer', headers = {}) =>
      send('GET', `/api/v1/admin${path}`, { ...service.as(userId, role), ...headers }),
    post: (path: string, payload: object, userId: string = organizer, role: Role = 'organizer') =>
      send('POST', `/api/v1/admin${path}`, service.as(userId, role), payload),
    hold: async (eventId: string, seatIds: string[], userId: string = randomUUID()) =>
      (await granted('/api/v1/seats/reserve', service.as(userId), { eventId, seatIds })).reservation as {
        id: string;
        reservationNumber: string;
      },
    buy: async (eventId: string, ticketTypeId: string, quantity: number, userId: string = randomUUID()) =>
      (
        await granted('/api/v1/reservations', service.as(userId), {
          eventId,
          items: [{ ticketTypeId, quantity }],
        })
      ).reservation.id as string,
    async pay(id: string, amount: number) {
      const paymentId = `pay_${randomUUID()}`;
      const payment = { paymentId, paymentMethod: 'card', amount };
      await granted(`/api/v1/reservations/${id}/confirm`, service.as(undefined, 'service'), payment);
      return paymentId;
    },
    cancel: (id: string, userId: string, payload: object = {}) =>
      granted(`/api/v1/reservations/${id}/cancel`, service.as(userId), payload),
  };
}
