import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { ask } from '../http.ts';
import type { Service } from '../service.ts';
import type { Proofs } from './queue-client.ts';

/** What an event sells. */
interface Offer {
  eventId: string;
  seatIds: string[];
  ticketTypeIds: string[];
}

/** One operation, by a user who shows these proofs, on an instance. */
export type Call = (
  offer: Offer,
  userId: string,
  shown?: Proofs,
  instance?: number,
) => ReturnType<typeof ask>;

export const CONTACTS = ['checkQueue', 'getQueueStatus', 'heartbeatQueue'];
export const PURCHASES = ['reserveSeats', 'holdBestAvailable', 'createReservation'];

/** The operations that read a pass or a ticket, each by its operationId, so that a test can go through all of them. */
export function callsWithProofs(service: Service) {
  const send = (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    headers: Record<string, string>,
    payload?: object,
    instance = 0,
  ) =>
    ask(service.apps[instance] ?? service.app, {
      method,
      url: `/api/v1${path}`,
      headers,
      ...(payload && { payload }),
    });
  const showing = (userId: string, { pass, ticket }: Proofs = {}) => ({
    ...service.as(userId),
    ...(pass !== undefined && { 'x-queue-pass': pass }),
    ...(ticket !== undefined && { 'x-queue-ticket': ticket }),
  });
  const check = (eventId: string, userId: string, shown?: Proofs, instance = 0) =>
    send('POST', `/queue/check/${eventId}`, showing(userId, shown), undefined, instance);

  const byOperation: Record<string, Call> = {
    reserveSeats: ({ eventId, seatIds }, userId, shown, instance) => {
      const payload = { eventId, seatIds: seatIds.slice(0, 1) };
      return send('POST', '/seats/reserve', showing(userId, shown), payload, instance);
    },
    holdBestAvailable: ({ eventId }, userId, shown, instance) =>
      send('POST', '/seats/best-available', showing(userId, shown), { eventId, quantity: 1 }, instance),
    createReservation: ({ eventId, ticketTypeIds }, userId, shown, instance) => {
      const items = [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }];
      return send('POST', '/reservations', showing(userId, shown), { eventId, items }, instance);
    },
    checkQueue: ({ eventId }, userId, shown, instance) => check(eventId, userId, shown, instance),
    getQueueStatus: ({ eventId }, userId, shown, instance) =>
      send('GET', `/queue/status/${eventId}`, showing(userId, shown), undefined, instance),
    heartbeatQueue: ({ eventId }, userId, shown, instance) =>
      send('POST', `/queue/heartbeat/${eventId}`, showing(userId, shown), undefined, instance),
  };

  return {
    send,
    showing,
    check,
    admin: (method: 'GET' | 'PATCH', eventId: string, payload?: object, instance = 0) =>
      send(method, `/queue/admin/${eventId}`, service.as(undefined, 'admin'), payload, instance),
    /** @param operationId one of `CONTACTS` or `PURCHASES` */
    of(operationId: string): Call {
      const call = byOperation[operationId];
      if (!call) throw new Error(`no call for ${operationId}`);
      return call;
    },
    /** Fills the event with one user inside, and puts another one in line. */
    async withLine() {
      const offer: Offer = await service.seedEvent({ seats: 10, stock: [10] });
      const [inside, waiting] = [randomUUID(), randomUUID()] as const;
      const entry = (await check(offer.eventId, inside)).body;
      const place = (await check(offer.eventId, waiting)).body;
      return { offer, inside, waiting, pass: entry.pass as string, ticket: place.ticket as string };
    },
    /** Removes all keys of the event, as a Redis that lost its memory. */
    async loseRoom(eventId: string): Promise<void> {
      const { redis, redisPrefix } = service.app;
      const keys = await redis.keys(`${redisPrefix}:{${eventId}}:*`);
      expect(keys.length).toBeGreaterThan(0);
      await redis.del(...keys);
    },
  };
}
