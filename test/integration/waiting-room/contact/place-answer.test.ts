import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';
import { inTurn, type Person, queueOf, withPeople } from '../../../support/waiting-room/queue-client.ts';

const TTL_SECONDS = 300;
/** Two instances that tick once a minute, so that the line moves only when a person leaves. */
let service: Service;
const text = expect.any(String) as unknown as string;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '3', QUEUE_TICK_MS: '60000' } });
});
afterAll(() => service.stop());

test('an answer has the position, the size of the line, the people inside and the estimate, and asking again changes nothing', async () => {
  const { eventId } = await service.seedEvent();
  const queue = queueOf(service, eventId);
  const [a, b, c, d, e] = queue.people(5) as [Person, Person, Person, Person, Person];
  const stranger = {
    queued: false,
    state: 'outside',
    position: 0,
    queueSize: 0,
    servedSeq: 0,
    estimatedWait: 0,
    estimatedWaitRange: { min: 0, max: 0 },
    currentUsers: 0,
    threshold: 3,
    nextPollMs: expect.any(Number),
  };
  const entry = {
    queued: false,
    state: 'inside',
    currentUsers: 1,
    threshold: 3,
    servedSeq: 0,
    nextPollMs: 30_000,
    pass: text,
    keptUntil: text,
  };
  expect((await a.status()).body).toEqual(stranger);
  expect((await a.check()).body).toEqual(entry);
  await inTurn([b, c, d], (person) => person.check());
  // The second person in line.
  const second = {
    queued: true,
    state: 'waiting',
    position: 2,
    sequence: 2,
    servedSeq: 0,
    queueSize: 2,
    estimatedWait: expect.any(Number),
    estimatedWaitRange: { min: expect.any(Number), max: expect.any(Number) },
    currentUsers: 3,
    threshold: 3,
    nextPollMs: expect.any(Number),
    ticket: text,
    keptUntil: text,
  };
  for (const contact of [e.check, e.check, e.status, e.heartbeat]) {
    for (const instance of [0, 1]) {
      const { body } = await contact(instance);
      expect(body).toEqual(second);
      const { min, max } = body.estimatedWaitRange;
      expect(body.estimatedWait).toBeGreaterThan(0);
      expect(min).toBeLessThanOrEqual(body.estimatedWait);
      expect(max).toBeGreaterThanOrEqual(body.estimatedWait);
    }
  }
  expect((await a.check(1)).body).toEqual({ ...entry, currentUsers: 3 });
  const inside = { ...stranger, ...entry, queueSize: 2, currentUsers: 3 };
  for (const contact of [a.status, a.heartbeat]) expect((await contact(1)).body).toEqual(inside);
  expect((await queue.person().heartbeat()).body).toEqual({ ...stranger, queueSize: 2, currentUsers: 3 });
});

test('an answer says until when the place is kept, and that admissions are paused', async () => {
  const { queue, answers } = await withPeople(service, 4);
  const [first, , , last] = answers.map(({ keptUntil }) => Date.parse(keptUntil) - Date.now());
  for (const left of [first, last]) {
    expect(left).toBeGreaterThan((TTL_SECONDS - 20) * 1_000);
    expect(left).toBeLessThanOrEqual(TTL_SECONDS * 1_000);
  }
  await queue.change({ paused: true, waitingTtlSeconds: 7_200 });
  const { body } = await queue.person().check();
  expect(body).toMatchObject({ state: 'waiting', paused: true });
  expect(Date.parse(body.keptUntil) - Date.now()).toBeGreaterThan(7_180_000);
});

test('people far back in line are asked to come again later than people at its head, and each early enough to keep their place', async () => {
  const { queue, people, answers } = await withPeople(service, 60);
  await queue.change({ threshold: 30 });
  const polls = (await inTurn(people, (person) => person.status()))
    .map(({ body }) => body)
    .filter(({ state }) => state === 'waiting')
    .map(({ nextPollMs }) => nextPollMs as number);
  expect(polls).toHaveLength(30);
  expect(answers[0].nextPollMs).toBeLessThanOrEqual((TTL_SECONDS * 1_000) / 4);
  expect(polls).toEqual(polls.toSorted((a, b) => a - b));
  expect(polls.at(-1)).toBeGreaterThan(polls[0] as number);
  expect(polls[0]).toBeGreaterThanOrEqual(1_000);
  expect(polls.at(-1)).toBeLessThanOrEqual((TTL_SECONDS * 1_000) / 4);
});

test('people in line are asked to come again within a quarter of a shorter time to live as well', async () => {
  const seconds = 12;
  const short = await startService({ env: { QUEUE_THRESHOLD: '2', QUEUE_TTL_SECONDS: String(seconds) } });
  onTestFinished(() => short.stop());
  const { answers } = await withPeople(short, 5);
  expect(answers).toHaveLength(5);
  for (const { nextPollMs } of answers) expect(nextPollMs).toBeLessThanOrEqual((seconds * 1_000) / 4);
});
