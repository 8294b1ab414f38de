import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorCodes, routes } from '../../src/contract/routes.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { type Service, startService } from '../support/service.ts';
import { eventually } from '../support/wait.ts';
import { documented, documentedAnswers, expectDocumented, type OperationId } from './answers.ts';
import { type Call, callOf } from './calls.ts';
import { takePostgresAway } from './outage.ts';
import { env, spoilers } from './spoilers.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ ownRedis: true, instances: 2, env });
});
afterAll(() => service.stop());

const operationIds = Object.keys(routes) as OperationId[];
/** What was really answered, in the words of `documentedAnswers`. */
const answered = new Set<string>();

describe.each(operationIds)('%s', (operationId) => {
  test('succeeds with the documented answer', async () => {
    const answer = await service.app.inject(await callOf(service, operationId));
    const success = [...(documented.get(operationId)?.keys() ?? [])].filter((status) => status < 300);
    expect(success).toEqual([answer.statusCode]);
    answered.add(expectDocumented(operationId, answer));
  });

  const byStatus: [string, readonly ErrorCode[]][] = Object.entries(errorCodes[operationId]);
  const errors = byStatus
    .flatMap(([status, codes]) => codes.map((code) => [Number(status), code] as const))
    .filter(([, code]) => code !== 'SERVICE_UNAVAILABLE');
  test.each(errors)('answers %i %s', async (status, code) => {
    const answer = await spoilers[code as keyof typeof spoilers](await callOf(service, operationId), service);
    const is = expectDocumented(operationId, answer);
    expect(is).toBe(`${operationId} ${status} ${code}`);
    answered.add(is);
  });
});

test('the answer to those in line is documented as well as the one to those inside', async () => {
  const call = await callOf(service, 'checkQueue');
  const check = () => service.app.inject({ ...call, headers: service.as() });
  const answers = [await check(), await check(), await check()];
  for (const answer of answers) expectDocumented('checkQueue', answer);
  expect(answers.map((answer) => answer.json().queued)).toEqual([false, false, true]);
  expect(answers[2]?.json()).toMatchObject({ position: 1, queueSize: 1 });
});

const needsRedis = (operationId: OperationId) => routes[operationId].url.startsWith('/api/v1/queue/');

describe.each([
  [
    'Redis',
    needsRedis,
    async () => {
      await service.redis.stop();
      return { giveBack: () => service.redis.start() };
    },
  ],
  ['PostgreSQL', (operationId: OperationId) => !needsRedis(operationId), () => takePostgresAway(service)],
] as const)('while %s is away', (_name, needsIt, takeAway) => {
  const affected = operationIds.filter((id) => documented.get(id)?.has(503) && needsIt(id));
  const calls = new Map<OperationId, Call>();
  let outage: { giveBack: () => Promise<void> };

  beforeAll(async () => {
    for (const operationId of affected) calls.set(operationId, await callOf(service, operationId));
    outage = await takeAway();
  });
  afterAll(async () => {
    await outage.giveBack();
    // Whatever test comes next meets a service that is well again.
    await eventually(async () => {
      const answers = await Promise.all(service.apps.map((app) => app.inject('/health/ready')));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
    });
  });

  test.each(affected)('%s answers 503', async (operationId) => {
    // Of an instance that nobody has asked before: nothing of it is in its memory.
    const answer = await service.apps[1]?.inject(calls.get(operationId) as Call);
    if (!answer) throw new Error('no second instance');
    expect(answer.statusCode, answer.body).toBe(503);
    answered.add(expectDocumented(operationId, answer));
  });
});

// Behind all the others, in whatever order they ran: nothing that is documented was left out.
afterAll(() => {
  expect([...answered].sort()).toEqual([...documentedAnswers].sort());
});
