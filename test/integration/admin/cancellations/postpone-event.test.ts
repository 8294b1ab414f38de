import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { lifecycleOf, PRICE } from '../../sales/lifecycle/lifecycle.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

test('a postponed event keeps its reservations, and buyers may cancel until the time that was set', async () => {
  const api = apiOf(service);
  const sale = lifecycleOf(service);
  const { eventId, seatIds } = await service.seedEvent({ seats: 3, price: PRICE });
  const buyers = await Promise.all(
    seatIds.map(async (seat) => {
      const userId = randomUUID();
      const { body } = await api.reserve(eventId, [seat], userId);
      await sale.confirm(body.reservation.id, PRICE);
      return { id: body.reservation.id as string, userId };
    }),
  );
  const dates = { event_date: inDays(200), cancellable_until: inDays(20) };
  const organizer = service.as(undefined, 'admin');
  const answer = await api.post(`/admin/events/${eventId}/postpone`, organizer, { ...dates, reason: '폭설' });
  expect(answer.body.event).toMatchObject(dates);
  expect(answer.headers.etag).toBe(`"${answer.body.event.revision}"`);
  for (const { id } of buyers) expect(await sale.payment(id)).toMatchObject({ status: 'confirmed' });
  const { rows } = await sql`SELECT action, reason, after FROM audit_log WHERE event_id = ${eventId}`.execute(
    service.db,
  );
  expect(rows).toEqual([{ action: 'event.postpone', reason: '폭설', after: dates }]);

  const cancelAfter = async (
    begun: string,
    until: string,
    { id, userId } = buyers[0] as (typeof buyers)[0],
  ) => {
    await sql`
      UPDATE events SET event_date = ${begun}, cancellable_until = ${until}, sale_end_date = ${begun} WHERE id = ${eventId}`.execute(
      service.db,
    );
    return await api.cancel(id, userId);
  };
  // The old rule would refuse: the event has begun.
  expect(tally([await cancelAfter(inDays(-0.01), inDays(1), buyers[0])])).toEqual({ 200: 1 });
  expect(await sale.payment(buyers[0]?.id as string)).toMatchObject({ refund_due_amount: PRICE });
  // Its time is up, and the old rule is in force again.
  const tooLate = await cancelAfter(inDays(-0.01), inDays(-0.005), buyers[1]);
  expect(tally([tooLate])).toEqual({ '409 RESERVATION_NOT_CANCELLABLE': 1 });
  expect(tally([await cancelAfter(inDays(1), inDays(-0.005), buyers[2])])).toEqual({ 200: 1 });
  await expectInvariants(service.db);
});
