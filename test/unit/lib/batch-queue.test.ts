import { expect, onTestFinished, test, vi } from 'vitest';
import { Problem } from '../../../src/errors/problem.ts';
import { BatchQueue } from '../../../src/lib/batch-queue.ts';

/** A queue whose batches end when the test says so. */
function openQueue({ batchSize = 100, capacity = 100, patienceMs = 60_000 } = {}) {
  const batches: { requests: number[]; goOn(): void; done(): void; fail(error: Error): void }[] = [];
  const queue = new BatchQueue<number, string>(
    (requests, goOn) => {
      const end = Promise.withResolvers<string[]>();
      const done = () => end.resolve(requests.map((request) => `answer ${request}`));
      batches.push({ requests, goOn, done, fail: end.reject });
      return end.promise;
    },
    { name: 'numbers', batchSize, capacity, patienceMs },
  );
  return { queue, batches, sizes: () => batches.map(({ requests }) => requests.length) };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));
const answersOf = (numbers: number[]) => numbers.map((number) => `answer ${number}`);

test('requests of one tick form one batch, and requests that arrive meanwhile form the next', async () => {
  const { queue, batches } = openQueue();
  const first = [1, 2].map((number) => queue.add(number));
  await tick();
  const second = [3, 4, 5].map((number) => queue.add(number));
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

test('a lone request starts at once', async () => {
  const { queue, batches } = openQueue();
  const alone = queue.add(1);
  await tick();
  batches[0]?.done();
  expect(await alone).toBe('answer 1');
});

test('batches never overlap, requests are served in order, and each gets its own answer', async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  const queue = new BatchQueue<number, number>(
    async (requests) => {
      most = Math.max(most, ++running);
      await tick();
      seen.push(...requests);
      running--;
      return requests.map((request) => request * 2);
    },
    { name: 'numbers', batchSize: 7, capacity: 1_000, patienceMs: 60_000 },
  );
  const numbers = Array.from({ length: 100 }, (_, number) => number);
  const answers = await Promise.all(
    numbers.map(async (number) => {
      if (number % 13 === 0) await tick();
      return await queue.add(number);
    }),
  );
  expect(answers).toEqual(numbers.map((number) => number * 2));
  expect(most).toBe(1);
  expect(seen.filter((number) => number % 13 !== 0)).toEqual(numbers.filter((number) => number % 13 !== 0));
});

test('a batch is no larger than allowed', async () => {
  const { queue, batches, sizes } = openQueue({ batchSize: 4 });
  const answers = Promise.all(Array.from({ length: 10 }, (_, number) => queue.add(number)));
  for (let batch = 0; batch < 3; batch++) {
    await tick();
    batches[batch]?.done();
  }
  expect(await answers).toHaveLength(10);
  expect(sizes()).toEqual([4, 4, 2]);
});

test('a request to a full queue is refused with 503 at once, and there is room again after a batch', async () => {
  const { queue, batches } = openQueue({ batchSize: 2, capacity: 2 });
  const inside = [1, 2].map((number) => queue.add(number));
  await expect(queue.add(3)).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    statusCode: 503,
    retryAfter: 1,
  });
  await expect(queue.add(3)).rejects.toBeInstanceOf(Problem);
  await tick();
  // The first two are under way; only waiting requests count.
  const waiting = [4, 5].map((number) => queue.add(number));
  await expect(queue.add(6)).rejects.toThrow(Problem);
  batches[0]?.done();
  expect(await Promise.all(inside)).toEqual(answersOf([1, 2]));
  await tick();
  batches[1]?.done();
  expect(await Promise.all(waiting)).toEqual(answersOf([4, 5]));
});

test('a failed batch fails all of its requests, and the next batch goes on', async () => {
  const { queue, batches } = openQueue({ batchSize: 2 });
  const unlucky = [1, 2].map((number) => queue.add(number));
  const lucky = queue.add(3);
  const settled = Promise.allSettled(unlucky);
  await tick();
  batches[0]?.fail(new Error('no database'));
  expect(await settled).toEqual([1, 2].map(() => ({ status: 'rejected', reason: new Error('no database') })));
  await tick();
  batches[1]?.done();
  expect(await lucky).toBe('answer 3');
});

test('a batch may let one more batch begin before it is answered', async () => {
  const { queue, batches, sizes } = openQueue({ batchSize: 1 });
  const answers = [1, 2, 3].map((number) => queue.add(number));
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
  await queue.idle();
});

test('a batch that fails after it let the next one begin fails only its own requests', async () => {
  const { queue, batches } = openQueue({ batchSize: 1 });
  const [unlucky, lucky] = [queue.add(1), queue.add(2)];
  await tick();
  batches[0]?.goOn();
  await tick();
  batches[0]?.fail(new Error('no database'));
  await expect(unlucky).rejects.toThrow('no database');
  batches[1]?.done();
  expect(await lucky).toBe('answer 2');
});

test('a request that waits longer than the patience of the queue is refused with 503, and later ones are served', async () => {
  const patienceMs = 20;
  const { queue, batches } = openQueue({ patienceMs });
  // On the real one, any request would be late if this process lost its turn for so long.
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  onTestFinished(() => clock.mockRestore());
  const first = queue.add(1);
  await tick();
  const waiting = Promise.allSettled([queue.add(2), queue.add(3)]);
  clock.mockReturnValue(patienceMs + 1);
  const late = queue.add(4);
  batches[0]?.done();
  // Its own batch began in time, however long it took.
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
  const { queue, batches } = openQueue({ batchSize: 20 });
  const numbers = Array.from({ length: 21 }, (_, number) => number);
  const answered: string[] = [];
  const answers = numbers.map(async (number) => {
    answered.push(await queue.add(number));
  });
  await tick();
  batches[0]?.done();
  await Promise.all(answers.slice(0, 20));
  expect(answered).toEqual(answersOf(numbers.slice(0, 20)));
  batches[1]?.done();
  await answers[20];
  expect(answered).toEqual(answersOf(numbers));
});

test('idle resolves when all work is done, and an idle queue serves new requests', async () => {
  const { queue, batches } = openQueue({ batchSize: 1 });
  await queue.idle();
  const both = Promise.all([1, 2].map((number) => queue.add(number)));
  let idle = false;
  const resting = queue.idle().then(() => {
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

  const later = queue.add(3);
  await tick();
  batches[2]?.done();
  expect(await later).toBe('answer 3');
});
