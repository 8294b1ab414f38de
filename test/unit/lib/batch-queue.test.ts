import { expect, test } from 'vitest';
import { Problem } from '../../../src/errors/problem.ts';
import { Lane } from '../../../src/lib/batch-queue.ts';

/** A lane whose batches end when the test says so. */
function openLane({ batchSize = 100, capacity = 100, patienceMs = 60_000 } = {}) {
  const batches: { requests: number[]; goOn(): void; done(): void; fail(error: Error): void }[] = [];
  const lane = new Lane<number, string>(
    (requests, goOn) => {
      const end = Promise.withResolvers<string[]>();
      const done = () => end.resolve(requests.map((request) => `answer ${request}`));
      batches.push({ requests, goOn, done, fail: end.reject });
      return end.promise;
    },
    { batchSize, capacity, patienceMs },
  );
  return { lane, batches, sizes: () => batches.map(({ requests }) => requests.length) };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));
const answersOf = (numbers: number[]) => numbers.map((number) => `answer ${number}`);

test('requests of one tick go together, and those that come meanwhile go together in the next batch', async () => {
  const { lane, batches } = openLane();
  const first = [1, 2].map((number) => lane.submit(number));
  await tick();
  const second = [3, 4, 5].map((number) => lane.submit(number));
  await tick();
  expect(batches.map(({ requests }) => requests)).toEqual([[1, 2]]);
  batches[0]?.done();
  expect(await Promise.all(first)).toEqual(answersOf([1, 2]));
  await tick();
  expect(batches.map(({ requests }) => requests)).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  batches[1]?.done();
  expect(await Promise.all(second)).toEqual(answersOf([3, 4, 5]));
});

test('a lone request waits for nobody', async () => {
  const { lane, batches } = openLane();
  const alone = lane.submit(1);
  await tick();
  batches[0]?.done();
  expect(await alone).toBe('answer 1');
});

test('never two batches at once, first come first served, and each gets its own answer', async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  const lane = new Lane<number, number>(
    async (requests) => {
      most = Math.max(most, ++running);
      await tick();
      seen.push(...requests);
      running--;
      return requests.map((request) => request * 2);
    },
    { batchSize: 7, capacity: 1_000, patienceMs: 60_000 },
  );
  const numbers = Array.from({ length: 100 }, (_, number) => number);
  const answers = await Promise.all(
    numbers.map(async (number) => {
      if (number % 13 === 0) await tick();
      return await lane.submit(number);
    }),
  );
  expect(answers).toEqual(numbers.map((number) => number * 2));
  expect(most).toBe(1);
  expect(seen.filter((number) => number % 13 !== 0)).toEqual(numbers.filter((number) => number % 13 !== 0));
});

test('a batch is no larger than allowed', async () => {
  const { lane, batches, sizes } = openLane({ batchSize: 4 });
  const answers = Promise.all(Array.from({ length: 10 }, (_, number) => lane.submit(number)));
  for (let batch = 0; batch < 3; batch++) {
    await tick();
    batches[batch]?.done();
  }
  expect(await answers).toHaveLength(10);
  expect(sizes()).toEqual([4, 4, 2]);
});

test('who comes when the line is full is told 503 at once, and there is room again after a batch', async () => {
  const { lane, batches } = openLane({ batchSize: 2, capacity: 2 });
  const inside = [1, 2].map((number) => lane.submit(number));
  await expect(lane.submit(3)).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    statusCode: 503,
    retryAfter: 1,
  });
  await expect(lane.submit(3)).rejects.toBeInstanceOf(Problem);
  await tick();
  // Those two are being decided; only who waits counts.
  const waiting = [4, 5].map((number) => lane.submit(number));
  await expect(lane.submit(6)).rejects.toThrow(Problem);
  batches[0]?.done();
  expect(await Promise.all(inside)).toEqual(answersOf([1, 2]));
  await tick();
  batches[1]?.done();
  expect(await Promise.all(waiting)).toEqual(answersOf([4, 5]));
});

test('a batch that fails fails for all of it, and the next one goes on', async () => {
  const { lane, batches } = openLane({ batchSize: 2 });
  const unlucky = [1, 2].map((number) => lane.submit(number));
  const lucky = lane.submit(3);
  const settled = Promise.allSettled(unlucky);
  await tick();
  batches[0]?.fail(new Error('no database'));
  expect(await settled).toEqual([1, 2].map(() => ({ status: 'rejected', reason: new Error('no database') })));
  await tick();
  batches[1]?.done();
  expect(await lucky).toBe('answer 3');
});

test('a batch may let the next one begin before it is answered, and that one only', async () => {
  const { lane, batches, sizes } = openLane({ batchSize: 1 });
  const answers = [1, 2, 3].map((number) => lane.submit(number));
  await tick();
  expect(sizes()).toEqual([1]);
  batches[0]?.goOn();
  batches[0]?.goOn();
  await tick();
  expect(sizes()).toEqual([1, 1]);
  // The second one is faster than the first one, and each gets its own answer.
  batches[1]?.done();
  expect(await answers[1]).toBe('answer 2');
  await tick();
  expect(sizes()).toEqual([1, 1, 1]);
  batches[0]?.done();
  expect(await answers[0]).toBe('answer 1');
  batches[2]?.done();
  expect(await answers[2]).toBe('answer 3');
  await lane.idle();
});

test('a batch that let the next one begin may fail, and only its own requests fail with it', async () => {
  const { lane, batches } = openLane({ batchSize: 1 });
  const [unlucky, lucky] = [lane.submit(1), lane.submit(2)];
  await tick();
  batches[0]?.goOn();
  await tick();
  batches[0]?.fail(new Error('no database'));
  await expect(unlucky).rejects.toThrow('no database');
  batches[1]?.done();
  expect(await lucky).toBe('answer 2');
});

test('who waits longer than the patience of the lane is told 503, and who came later is served', async () => {
  const patienceMs = 20;
  const { lane, batches } = openLane({ patienceMs });
  const first = lane.submit(1);
  await tick();
  const waiting = Promise.allSettled([lane.submit(2), lane.submit(3)]);
  for (const since = performance.now(); performance.now() <= since + patienceMs; ) await tick();
  const late = lane.submit(4);
  batches[0]?.done();
  // That it took long itself is no matter: its decision had begun.
  expect(await first).toBe('answer 1');
  const refused = { code: 'SERVICE_UNAVAILABLE', statusCode: 503, retryAfter: 1 };
  expect(await waiting).toEqual(
    Array(2).fill({ status: 'rejected', reason: expect.objectContaining(refused) }),
  );
  await tick();
  batches[1]?.done();
  expect(await late).toBe('answer 4');
  expect(batches.map(({ requests }) => requests)).toEqual([[1], [4]]);
});

test('a large batch is answered whole and in order, also while the next one is under way', async () => {
  const { lane, batches } = openLane({ batchSize: 20 });
  const numbers = Array.from({ length: 21 }, (_, number) => number);
  const answered: string[] = [];
  const answers = numbers.map(async (number) => {
    answered.push(await lane.submit(number));
  });
  await tick();
  batches[0]?.done();
  await Promise.all(answers.slice(0, 20));
  expect(answered).toEqual(answersOf(numbers.slice(0, 20)));
  batches[1]?.done();
  await answers[20];
  expect(answered).toEqual(answersOf(numbers));
});

test('idle comes when nothing is under way any more, and a lane that rested goes on', async () => {
  const { lane, batches } = openLane({ batchSize: 1 });
  await lane.idle();
  const both = Promise.all([1, 2].map((number) => lane.submit(number)));
  let idle = false;
  const resting = lane.idle().then(() => {
    idle = true;
  });
  await tick();
  batches[0]?.done();
  await tick();
  expect(idle).toBe(false);
  batches[1]?.done();
  await both;
  await resting;
  expect(idle).toBe(true);

  const later = lane.submit(3);
  await tick();
  batches[2]?.done();
  expect(await later).toBe('answer 3');
});
