import { randomUUID } from 'node:crypto';
import type { Service } from './service.ts';

/** The calls that most tests make, through the whole service but the network; the first instance unless told otherwise. */
export function apiOf(service: Service, instance = 0) {
  const app = service.apps[instance] ?? service.app;
  const call = async (method: 'GET' | 'POST', url: string, userId: string | undefined, payload?: object) => {
    const headers = userId === undefined ? {} : service.as(userId);
    const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
  };
  return {
    reserve: (eventId: string, seatIds: string[], userId: string = randomUUID()) =>
      call('POST', '/api/v1/seats/reserve', userId, { eventId, seatIds }),
    best: (
      wish: { eventId: string; quantity: number; section?: string; maxPrice?: number },
      userId: string = randomUUID(),
    ) => call('POST', '/api/v1/seats/best-available', userId, wish),
    buy: (
      eventId: string,
      items: { ticketTypeId: string; quantity: number }[],
      userId: string = randomUUID(),
    ) => call('POST', '/api/v1/reservations', userId, { eventId, items }),
    cancel: (reservationId: string, userId: string) =>
      call('POST', `/api/v1/reservations/${reservationId}/cancel`, userId),
    get: (path: string, userId?: string) => call('GET', `/api/v1${path}`, userId),
  };
}

/** How many answers of each kind there were, as `201` or `409 SEAT_UNAVAILABLE`. */
export function tally(answers: { status: number; body: { code?: string } }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const kind = body.code ? `${status} ${body.code}` : `${status}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
