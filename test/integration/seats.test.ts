import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const reserve = (eventId: string, seatIds: string[], userId?: string) =>
  service.app.inject({
    method: 'POST',
    url: '/api/v1/seats/reserve',
    headers: service.as(userId),
    payload: { eventId, seatIds },
  });

test('seats are held for the user who asked, for five minutes', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 20, price: 70_000 });
  const userId = randomUUID();
  const answer = await reserve(eventId, seatIds.slice(0, 2), userId);
  expect(answer.statusCode, answer.body).toBe(201);
  const { message, reservation } = answer.json();
  expect(message).toBe('좌석이 선택되었습니다.');
  expect(reservation.reservationNumber).toMatch(/^TK[0-9A-Z]{12}$/);
  expect(reservation.totalAmount).toBe(140_000);
  expect(reservation.seats.map((seat: { status: string }) => seat.status)).toEqual(['locked', 'locked']);
  const secondsLeft = (Date.parse(reservation.expiresAt) - Date.now()) / 1_000;
  expect(secondsLeft).toBeGreaterThan(290);
  expect(secondsLeft).toBeLessThanOrEqual(300);
});
