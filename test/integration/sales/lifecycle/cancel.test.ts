import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { lifecycleOf } from './lifecycle.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;

beforeAll(async () => {
  service = await startService({ poolSize: 4, env: { SWEEP_INTERVAL_MS: '50' } });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

test('cancellations in opposite orders, the sweep and new holds never deadlock', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 12 });
  const user = randomUUID();
  for (let round = 0; round < 5; round++) {
    const held = await Promise.all(
      [0, 4, 8].map((from) => api.reserve(eventId, seatIds.slice(from, from + 4))),
    );
    expect(held.map(({ status }) => status)).toEqual([201, 201, 201]);
    const ids: string[] = held.map(({ body }) => body.reservation.id);
    await service.db.updateTable('reservations').set({ user_id: user }).where('id', 'in', ids).execute();
    for (const id of ids) await sale.expireIn(id, 0.03);
    const answers = await Promise.all([
      ...ids.map((id) => api.cancel(id, user)),
      ...ids.toReversed().map((id) => api.cancel(id, user)),
      ...seatIds.map((seatId, index) => api.reserve(eventId, [seatIds[11 - index] as string, seatId])),
    ]);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    await service.db
      .updateTable('reservations')
      .set({ expires_at: new Date(0) })
      .where('event_id', '=', eventId)
      .where('status', '=', 'pending')
      .execute();
    await eventually(async () =>
      expect(await sale.seatStatuses(eventId)).toEqual(Array(12).fill('available')),
    );
  }
});
