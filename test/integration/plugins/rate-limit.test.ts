import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ env: { REQUESTS_PER_MINUTE: '2' } });
});
afterAll(() => service.stop());

async function listReservations(caller: Record<string, string>) {
  const { status, headers } = await ask(service.app, { url: '/api/v1/reservations/my', headers: caller });
  return { status, left: headers['x-ratelimit-remaining'], headers };
}

test('a user beyond the limit is told when to come back, and no other user is', async () => {
  const user = service.as();
  expect(await listReservations(user)).toMatchObject({ status: 200, left: '1' });
  expect(await listReservations(user)).toMatchObject({ status: 200, left: '0' });
  const { status, left, headers } = await listReservations(user);
  expect([status, left, headers['x-ratelimit-limit']]).toEqual([429, '0', '2']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
  expect(headers['x-ratelimit-reset']).toBe(headers['retry-after']);
  expect(await listReservations(service.as())).toMatchObject({ status: 200, left: '1' });
});

test('a service acts for all users, and has no limit', async () => {
  const payments = service.as(undefined, 'service');
  for (let round = 0; round < 4; round++) {
    const { headers } = await listReservations(payments);
    expect(headers).not.toHaveProperty('x-ratelimit-limit');
    expect(headers).not.toHaveProperty('retry-after');
  }
});
