import { expect, test } from 'vitest';
import type { EventDetail } from '../../../../src/client/index.ts';
import { emptyRecord, merge, noteAnswer, percentile } from '../../../../src/demo/crowd/record.ts';
import { judge } from '../../../../src/demo/rehearsal/judge.ts';
import type { Outcome } from '../../../../src/demo/rehearsal/rehearse.ts';

const shelf = (unsold: Record<string, number>): Outcome['before'] =>
  new Map(Object.entries(unsold).map(([id, count]) => [id, { free: count, unsold: count }]));

function outcome(changes: Partial<Outcome['record']> = {}, rest: Partial<Outcome> = {}): Outcome {
  const record = { ...emptyRecord(), letIn: 2, kept: ['a', 'b', 'type', 'type'], ...changes };
  return {
    event: {} as EventDetail,
    ...{ users: 2, arrived: 2, bought: 2, record, soldOutSeconds: 1, cutShort: false },
    before: shelf({ a: 1, b: 1, type: 5 }),
    after: shelf({ a: 0, b: 0, type: 3 }),
    ...rest,
  };
}

test('a sale that kept its promises is found to have held', () => {
  expect(judge(outcome(), 1_000)).toEqual([]);
});

test('each broken promise is named', () => {
  const problems = (changes: Partial<Outcome['record']>, rest?: Partial<Outcome>) =>
    judge(outcome(changes, rest), 1_000);
  expect(problems({ kept: ['a', 'a'] })).toEqual(['1 places were sold more than once']);
  expect(problems({}, { after: shelf({ a: 1, b: 0, type: 3 }) })).toEqual([
    '1 places were paid, and the service still has them',
  ]);
  expect(problems({ overtaken: 3 })).toEqual(['buyers were overtaken in line, 3 times']);
  expect(problems({}, { arrived: 1 })).toEqual(["1 buyers didn't arrive"]);
  expect(problems({ letIn: 0 })).toEqual(['no buyer was let in']);
  expect(problems({}, { cutShort: true })).toEqual(['buyers were still there when the time was over']);
  expect(problems({ failed: 2, answers: { 'GET /': { 10: 1_000 } } })).toEqual([
    '2 requests had no answer or one of a server that failed',
  ]);
  expect(problems({ failed: 1, answers: { 'GET /': { 10: 1_000 } } })).toEqual([]);
});

test('a percentile of several crowds is at most 5 % too large', () => {
  const records = [emptyRecord(), emptyRecord()];
  for (let ms = 1; ms <= 1_000; ms++) noteAnswer(records[ms % 2] as (typeof records)[0], 'GET /', ms);
  const buckets = merge(records).answers['GET /'] ?? {};
  for (const share of [0.5, 0.99]) {
    expect(percentile(buckets, share)).toBeGreaterThanOrEqual(share * 1_000);
    expect(percentile(buckets, share)).toBeLessThanOrEqual(share * 1_051);
  }
});
