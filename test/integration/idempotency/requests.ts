import { expect } from 'vitest';
import type { Call } from '../../contract/call.ts';
import { ask, type HttpAnswer } from '../../support/http.ts';
import type { Service } from '../../support/service.ts';

/** The operations that take an `Idempotency-Key`. */
export const OPERATIONS = [
  'reserveSeats',
  'holdBestAvailable',
  'createReservation',
  'cancelReservation',
  'extendReservation',
  'confirmReservation',
  'noteRefund',
  'blockSeats',
  'unblockSeats',
  'addSections',
] as const;

export const isReplayed = ({ headers }: HttpAnswer) => headers['idempotent-replayed'] === 'true';

/** Expects the first answer's status and its body, byte for byte, marked as replayed. */
export function expectReplay(again: HttpAnswer, first: HttpAnswer): void {
  expect([again.status, again.text, isReplayed(again)]).toEqual([first.status, first.text, true]);
}

/** Requests to a service, with and without an idempotency key. */
export function requestsTo(service: Service) {
  const post = (userId: string, path: string, payload?: object): Call => ({
    method: 'POST',
    url: `/api/v1${path}`,
    headers: service.as(userId),
    ...(payload && { payload }),
  });
  const send = (call: Call, key?: string, instance = 0): Promise<HttpAnswer> =>
    ask(service.apps[instance] ?? service.app, {
      ...call,
      headers: { ...call.headers, ...(key !== undefined && { 'idempotency-key': key }) },
    });
  return {
    post,
    send,
    buying: (userId: string, eventId: string, ticketTypeId: string | undefined, quantity = 1) =>
      post(userId, '/reservations', { eventId, items: [{ ticketTypeId, quantity }] }),
    holding: (userId: string, eventId: string, seatIds: string[]) =>
      post(userId, '/seats/reserve', { eventId, seatIds }),
    check: (eventId: string, userId: string) => send(post(userId, `/queue/check/${eventId}`)),
    leave: (eventId: string, userId: string) => send(post(userId, `/queue/leave/${eventId}`)),
  };
}
