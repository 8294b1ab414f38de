import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { tally } from '../../../support/http.ts';
import { waitForRedis } from '../../../support/redis/wait-for-redis.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { type Person, withPeople } from '../../../support/waiting-room/queue-client.ts';

const THRESHOLD = 2;
/** Two instances that tick once a minute, so that the line moves only when a person leaves. */
let service: Service;

beforeAll(async () => {
  const env = { QUEUE_THRESHOLD: String(THRESHOLD), QUEUE_TICK_MS: '60000' };
  service = await startService({ instances: 2, env });
  // Buyers don't wait for a Redis that is late: some go on without its answer.
  waitForRedis(service.apps);
});
afterAll(() => service.stop());

describe('buying', () => {
  test('enters an event without a line, is counted, and never passes the threshold', async () => {
    const { queue, purchases } = await withPeople(service, 0);
    for (const buy of purchases) {
      const crowd = queue.people(10);
      const answers = await Promise.all(crowd.map((person) => buy(person)));
      expect(tally(answers)).toEqual({ 201: THRESHOLD, '403 QUEUE_REQUIRED': 10 - THRESHOLD });
      expect((await queue.admin(1)).body).toMatchObject({ currentUsers: THRESHOLD, queueSize: 0 });
      const inside = crowd.filter((_, index) => answers[index]?.status === 201);
      for (const person of inside) {
        expect((await buy(person)).status).toBe(201);
        await person.leave();
      }
    }
  });

  test('is refused to people in line and to strangers, with the place that they have or would get', async () => {
    const { queue, people, purchases } = await withPeople(service, THRESHOLD + 3);
    const [inside, , first, second, third] = people as [Person, Person, Person, Person, Person];
    const stranger = queue.person();
    for (const buy of purchases) {
      for (const [person, queued, position] of [
        [first, true, 1],
        [second, true, 2],
        [third, true, 3],
        [stranger, false, 4],
      ] as const) {
        const told = async () => (await person.status()).body.estimatedWait as number;
        const before = await told();
        const { status, body } = await buy(person);
        const after = await told();
        expect([status, body]).toMatchObject([
          403,
          { code: 'QUEUE_REQUIRED', queue: { queued, position, queueSize: 3 } },
        ]);
        expect(body.queue.estimatedWait).toBeGreaterThan(0);
        // The estimate grows while nobody leaves.
        if (queued) expect(body.queue.estimatedWait).toBeGreaterThanOrEqual(before);
        if (queued) expect(body.queue.estimatedWait).toBeLessThanOrEqual(after);
        expect(body.queue.estimatedWaitRange.min).toBeLessThanOrEqual(body.queue.estimatedWait);
        expect(body.queue.estimatedWaitRange.max).toBeGreaterThanOrEqual(body.queue.estimatedWait);
      }
      expect((await buy(inside)).status).toBe(201);
    }
    // Trying to buy neither joins the line nor leaves it.
    expect((await queue.admin()).body).toMatchObject({ queueSize: 3, currentUsers: THRESHOLD });
    expect((await stranger.status()).body.state).toBe('outside');
  });

  test('never overtakes the line: free places belong to the people in it', async () => {
    // The people inside fall silent, and no tick lets in their successors. Not before the third person has come.
    const env = { QUEUE_TICK_MS: '60000', QUEUE_TTL_SECONDS: '3', QUEUE_WAITING_TTL_SECONDS: '60' };
    const quiet = await startService({ instances: 2, env: { QUEUE_THRESHOLD: String(THRESHOLD), ...env } });
    onTestFinished(() => quiet.stop());
    const { queue, people, purchases } = await withPeople(quiet, THRESHOLD + 1);
    await eventually(
      async () =>
        expect((await queue.admin()).body).toMatchObject({
          currentUsers: 0,
          available: THRESHOLD,
          queueSize: 1,
        }),
      { timeout: 10_000, interval: 100 },
    );
    for (const buy of purchases) expect((await buy(queue.person())).body.code).toBe('QUEUE_REQUIRED');
    const [, , head] = people as [Person, Person, Person];
    expect((await queue.person().check(1)).body).toMatchObject({ queued: true, position: 2 });
    // A person who leaves moves the line, also from its end.
    await people[0]?.check(1);
    await people[0]?.leave();
    expect((await head.status(1)).body.state).toBe('inside');
  });
});
