import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerOf } from '../../../src/plugins/peers/owner-of.ts';
import { ask } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { linkWorkers } from '../../support/workers.ts';

/* Three workers in one process. They know each other as those of one primary do. */

const workers = linkWorkers(3);
let service: Service;
beforeAll(async () => {
  service = await startService({ instances: 3, workers });
});
afterAll(async () => {
  await expectInvariants(service.db);
  await service.stop();
});

const hold = (instance: number, eventId: string, seatId: string, headers: object = {}) =>
  ask(service.origins[instance] as string, {
    method: 'POST',
    url: '/api/v1/seats/reserve',
    headers: { ...service.as(), ...headers },
    payload: { eventId, seatIds: [seatId] },
  });

/** How many requests the batches of each worker have decided. */
const decided = () =>
  Promise.all(
    service.apps.map(async ({ metrics }) =>
      Number(/\ntiketi_sale_batch_size_sum (\d+)/.exec(await metrics.registry.metrics())?.[1]),
    ),
  );

test('holds that any worker gets are decided by the owner of the event, and each seat is sold once', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 30 });
  const owner = ownerOf(eventId, [1, 2, 3]) - 1;
  // The first requests make the links.
  const { eventId: other, seatIds: others } = await service.seedEvent({ seats: 1 });
  await eventually(async () => {
    await Promise.all([0, 1, 2].map((instance) => hold(instance, other, others[0] as string)));
    for (const { app } of service.apps.map((app, index) => ({ app, index })))
      expect(app.peers.ownerOf(eventId) !== undefined || app === service.apps[owner]).toBe(true);
  });

  const before = await decided();
  const buyers = seatIds.flatMap((seatId) => [0, 1, 2].map((instance) => hold(instance, eventId, seatId)));
  const statuses = (await Promise.all(buyers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(30);
  expect(statuses.filter((status) => status === 409)).toHaveLength(60);
  const after = await decided();
  for (const [index, requests] of after.entries())
    expect(requests > (before[index] as number)).toBe(index === owner);
});

test('an idempotency key answers the same on every worker', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const headers = { ...service.as(), 'idempotency-key': randomUUID() };
  const answers = [];
  for (const instance of [0, 1, 2])
    answers.push(await hold(instance, eventId, seatIds[0] as string, headers));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(answers[1]?.body).toEqual(answers[0]?.body);
  expect(answers[2]?.body).toEqual(answers[0]?.body);
});

test('while all workers stop, each decides for itself', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
  Object.assign(workers[0] as object, { isStopping: true });
  try {
    expect(service.app.peers.ownerOf(eventId)).toBeUndefined();
    const [first] = await decided();
    expect((await hold(0, eventId, seatIds[0] as string)).status).toBe(201);
    const [now] = await decided();
    expect(now).toBe((first as number) + 1);
  } finally {
    Object.assign(workers[0] as object, { isStopping: false });
  }
});
