import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';
import { type Call, callsWithProofs, PURCHASES } from '../../../support/waiting-room/calls-with-proofs.ts';

let service: Service;
let calls: ReturnType<typeof callsWithProofs>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '50' } });
  calls = callsWithProofs(service);
});
afterAll(() => service.stop());

describe.each(PURCHASES)('the refusal of %s', (name) => {
  const buy: Call = (...args) => calls.of(name)(...args);

  test('says where a person in line stands, and where a stranger would stand', async () => {
    const { offer, waiting } = await calls.withLine();
    const inLine = (await buy(offer, waiting)).body;
    expect(inLine).toMatchObject({
      code: 'QUEUE_REQUIRED',
      queue: { queued: true, position: 1, queueSize: 1 },
    });
    const without = (await buy(offer, randomUUID())).body;
    expect(without.queue).toMatchObject({ queued: false, position: 2, queueSize: 1 });
    for (const { queue } of [inLine, without]) {
      expect(queue.estimatedWaitRange.min).toBeLessThanOrEqual(queue.estimatedWait);
      expect(queue.estimatedWaitRange.max).toBeGreaterThanOrEqual(queue.estimatedWait);
    }
    // Trying to buy doesn't join the line.
    expect((await calls.admin('GET', offer.eventId)).body.queueSize).toBe(1);
  });
});

test('a refusal under an Idempotency-Key says the place too, and the same key is granted once the buyer is inside', async () => {
  const { offer, inside, waiting } = await calls.withLine();
  const headers = { ...service.as(waiting), 'idempotency-key': randomUUID() };
  const reserve = () =>
    calls.send('POST', '/seats/best-available', headers, { eventId: offer.eventId, quantity: 1 });
  expect((await reserve()).body).toMatchObject({ code: 'QUEUE_REQUIRED', queue: { position: 1 } });
  await calls.send('POST', `/queue/leave/${offer.eventId}`, service.as(inside));
  expect((await reserve()).status).toBe(201);
});
