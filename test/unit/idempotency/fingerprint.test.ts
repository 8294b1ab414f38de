import Fastify, { type FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as contract from '../../../src/contract/routes.ts';
import idempotency from '../../../src/idempotency/plugin.ts';

const [EVENT, SEAT, OTHER_SEAT, RESERVATION] = [1, 2, 3, 4].map(
  (n) => `00000000-0000-4000-8000-00000000000${n}`,
) as [string, string, string, string];

const app = Fastify();
let fingerprint: string | undefined;

beforeAll(async () => {
  await app.register(fp(async () => undefined, { name: 'auth' }));
  app.decorateRequest('user', { getter: () => ({ userId: RESERVATION }) as never });
  await app.register(idempotency);
  for (const operation of [contract.reserveSeats, contract.cancelReservation]) {
    const { response: _, ...schema } = operation.schema;
    app.route({
      ...operation,
      schema,
      handler: async (request: FastifyRequest) => {
        fingerprint = request.idempotency?.fingerprint;
      },
    });
  }
});
afterAll(() => app.close());

/** @returns what the request is kept under, beside its key */
async function fingerprintOf(url: string, payload?: object): Promise<string | undefined> {
  fingerprint = undefined;
  await app.inject({ method: 'POST', url, payload: payload as object, headers: { 'idempotency-key': 'k' } });
  return fingerprint;
}

// While a new build replaces another, a request that the old one has answered may come again to the new one. With another
// fingerprint it would be refused as a mistake of the caller.
test('a request has the same fingerprint in every build, however its body is ordered', async () => {
  const reserve = '/api/v1/seats/reserve';
  const hold = '1ED_HbaxkcseJQCDtrGijCwyU-hUne061QTKQzGTa0Y';
  expect(await fingerprintOf(reserve, { eventId: EVENT, seatIds: [SEAT, OTHER_SEAT] })).toBe(hold);
  expect(await fingerprintOf(reserve, { seatIds: [SEAT, OTHER_SEAT], eventId: EVENT })).toBe(hold);
  expect(await fingerprintOf(`/api/v1/reservations/${RESERVATION}/cancel`)).toBe(
    'P2kjZm5QvICMaBjLA3ViNc8IoGQHVaaQq94Yh9ljZQo',
  );
  expect(await fingerprintOf(`/api/v1/reservations/${RESERVATION}/cancel`, {})).toBe(
    'P2kjZm5QvICMaBjLA3ViNc8IoGQHVaaQq94Yh9ljZQo',
  );
});
