import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { type Person, withPeople } from '../../../support/waiting-room/queue-client.ts';

const INSIDE_SECONDS = 6;
const WAITING_SECONDS = 3;
let service: Service;

beforeAll(async () => {
  service = await startService({
    instances: 2,
    env: {
      QUEUE_THRESHOLD: '2',
      // After three ticks without a command, the room forms again, and proofs of the silent ones count. A busy machine stops for less.
      QUEUE_TICK_MS: '1000',
      QUEUE_REFORM_SECONDS: '0',
      QUEUE_TTL_SECONDS: String(INSIDE_SECONDS),
      QUEUE_WAITING_TTL_SECONDS: String(WAITING_SECONDS),
    },
  });
});
afterAll(() => service.stop());

test('silence ends a place inside and a place in line after times of their own, and contact keeps both', async () => {
  const started = Date.now();
  const { people, queue } = await withPeople(service, 4);
  const [inside, silent, waiting, gone] = people as [Person, Person, Person, Person];
  const seconds = () => (Date.now() - started) / 1_000;
  let left: number | undefined;
  await eventually(
    async () => {
      // A heartbeat is contact inside and in line.
      expect((await inside.heartbeat(1)).body.state).toBe('inside');
      const { state } = (await waiting.heartbeat(1)).body;
      if ((await queue.admin()).body.queueSize < 2) left ??= seconds();
      expect(state).toBe('inside');
    },
    { timeout: 12_000, interval: 200 },
  );
  // The last contact is kept in tenths of a second.
  expect(left).toBeGreaterThanOrEqual(WAITING_SECONDS - 0.1);
  expect(left).toBeLessThan(INSIDE_SECONDS);
  expect(seconds()).toBeGreaterThanOrEqual(INSIDE_SECONDS);
  for (const person of [silent, gone]) expect((await person.status()).body.state).toBe('outside');
  expect((await gone.check()).body).toMatchObject({ queued: true, position: 1, currentUsers: 2 });
});

test('after a restart with a shorter time to live, a silent user inside makes room within the new limit', async () => {
  const env = { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '100', QUEUE_REFORM_SECONDS: '0' };
  const restarted = await startService({ env });
  try {
    const { people } = await withPeople(restarted, 2);
    const [, waiting] = people as [Person, Person];
    await restarted.app.close();
    await restarted.startAnother({ QUEUE_TTL_SECONDS: '2', QUEUE_WAITING_TTL_SECONDS: '60' });
    await eventually(async () => expect((await waiting.status(1)).body.state).toBe('inside'), {
      timeout: 10_000,
    });
  } finally {
    await restarted.stop();
  }
});
