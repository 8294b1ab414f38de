import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Line, type Place } from '../../../src/demo/crowd/worker/line.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function lineOf() {
  const record = { lastInside: 0, overtaken: 0 };
  const line = new Line(new AbortController().signal, record, 100);
  const answer = (state: Place['state'], sequence?: number) => async () =>
    ({ state, servedSeq: 0, nextPollMs: 1_000, ...(sequence !== undefined && { sequence }) }) as Place;
  return { record, line, answer };
}

test('a line sees that someone from behind, or a newcomer, was let in before one who still waits', async () => {
  const { record, line, answer } = lineOf();
  await line.ask(answer('waiting', 1), line.end);
  await line.ask(answer('waiting', 2), line.end);
  await line.ask(answer('inside'), 2);
  await line.ask(answer('waiting', 1), 1);
  expect(record.overtaken).toBe(1);
  await line.ask(answer('waiting', 3), line.end);
  await line.ask(answer('inside'), line.end);
  await line.ask(answer('waiting', 3), 3);
  expect(record.overtaken).toBe(2);
});

test('an answer that was on its way meanwhile, and the draw of a lobby, are no overtaking', async () => {
  const { record, line, answer } = lineOf();
  await line.ask(answer('waiting', 1), line.end);
  await line.ask(answer('waiting', 2), line.end);
  const slow = Promise.withResolvers<Place>();
  const asked = line.ask(() => slow.promise, 1);
  await line.ask(answer('inside'), 2);
  slow.resolve(await answer('waiting', 1)());
  await asked;
  const drawn = lineOf();
  await drawn.line.ask(drawn.answer('lobby'), drawn.line.end);
  await drawn.line.ask(drawn.answer('waiting', 7));
  await drawn.line.ask(drawn.answer('inside'));
  await drawn.line.ask(drawn.answer('waiting', 3));
  expect([record.overtaken, drawn.record.overtaken]).toEqual([0, 0]);
});
