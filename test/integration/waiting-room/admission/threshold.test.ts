import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

/** Two instances that tick once a minute, so that the line moves only when a person leaves or an administrator changes a setting. */
let still: Service;

beforeAll(async () => {
  still = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '3', QUEUE_TICK_MS: '60000' } });
});
afterAll(() => still.stop());

test('300 people who join at once on two instances fill the threshold exactly, and each of the others has a position of their own', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const answers = await Promise.all(queue.people(300).map((person, index) => person.check(index)));
  const inLine = answers.filter(({ body }) => body.queued);
  expect(answers.length - inLine.length).toBe(3);
  for (const field of ['position', 'sequence']) {
    const numbers = inLine.map(({ body }) => body[field] as number).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 297 }, (_, index) => index + 1));
  }
  expect((await queue.admin(1)).body).toMatchObject({
    eventId,
    queueSize: 297,
    currentUsers: 3,
    threshold: 3,
    available: 0,
  });
});

test('a person who leaves lets in the head of the line at once, and leaving twice lets in only one', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const [a, b, c, d, e, late] = queue.people(6) as [Person, Person, Person, Person, Person, Person];
  await inTurn([a, b, c, d, e], (person) => person.check());
  const left = { status: 200, body: { message: '대기열에서 나왔습니다.' } };
  expect(await a.leave(1)).toMatchObject(left);
  expect(await a.leave()).toMatchObject(left);
  expect((await late.check()).body).toMatchObject({ queued: true, position: 2, queueSize: 2 });
  expect((await d.status()).body).toMatchObject({ queued: false, currentUsers: 3, queueSize: 2 });
  expect((await e.status()).body).toMatchObject({ queued: true, position: 1 });
  expect(await e.leave()).toMatchObject(left);
  expect((await late.status()).body).toMatchObject({ queued: true, position: 1, currentUsers: 3 });
});

test('a higher threshold lets people in at once, and so does the end of a pause', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const people = queue.people(6);
  await inTurn(people, (person) => person.check());
  const inside = async () =>
    (await inTurn(people, (person) => person.status())).map(({ body }) => body.state === 'inside');
  await queue.change({ threshold: 4 });
  expect(await inside()).toEqual([true, true, true, true, false, false]);
  await queue.change({ threshold: 6, paused: true });
  expect(await inside()).toEqual([true, true, true, true, false, false]);
  await queue.change({ paused: false });
  expect(await inside()).toEqual(Array(6).fill(true));
});

test('the line keeps its order through a hundred departures, and the threshold is never passed', async () => {
  const service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '5', QUEUE_TICK_MS: '50' } });
  onTestFinished(() => service.stop());
  const { eventId } = await service.seedEvent();
  const queue = queueOf(service, eventId);
  const line = queue.people(105);
  await inTurn(line, (person, index) => person.check(index));
  for (let gone = 0; gone < 100; gone += 5) {
    // These five are inside now. Either instance may let in the next five.
    const inside = line.slice(gone, gone + 5);
    await Promise.all(inside.map((person, index) => person.leave(index)));
    expect((await queue.admin()).body.currentUsers).toBeLessThanOrEqual(5);
    await eventually(async () => {
      for (const person of line.slice(gone + 5, gone + 10))
        expect((await person.status()).body).toMatchObject({ queued: false });
      const next = line[gone + 10];
      if (next) expect((await next.status()).body).toMatchObject({ queued: true, position: 1 });
    });
  }
});
