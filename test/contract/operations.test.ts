import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { errorCodes, routes } from '../../src/contract/routes.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import { UnavailableError } from '../../src/errors/unavailable.ts';
import { answerOf } from '../support/inject.ts';
import { waitForRedis } from '../support/redis/wait-for-redis.ts';
import { type Service, startService } from '../support/service.ts';
import { eventually } from '../support/wait.ts';
import { documented, documentedAnswers, expectDocumented, type OperationId } from './answers.ts';
import { type Call, UUID } from './call.ts';
import { callOf, withLobby } from './calls.ts';
import { takePostgresAway } from './outage.ts';
import { env, spoilers } from './spoilers.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ ownRedis: true, instances: 2, env });
  waitForRedis(service.apps);
});
afterAll(() => service.stop());

const operationIds = Object.keys(routes) as OperationId[];
/** The answers that were received, in the format of `documentedAnswers`. */
const answered = new Set<string>();

describe.each(operationIds)('%s', (operationId) => {
  test('succeeds with the documented answer', async () => {
    const answer = await answerOf(service.app, await callOf(service, operationId));
    const success = [...(documented.get(operationId)?.keys() ?? [])].filter((status) => status < 300);
    expect(success).toEqual([answer.statusCode]);
    answered.add(expectDocumented(operationId, answer));
  });

  const byStatus: [string, readonly ErrorCode[]][] = Object.entries(errorCodes[operationId]);
  const errors = byStatus
    .flatMap(([status, codes]) => codes.map((code) => [Number(status), code] as const))
    .filter(([, code]) => code !== 'SERVICE_UNAVAILABLE');
  test.each(errors)('answers %i %s', async (status, code) => {
    const call = await callOf(service, operationId);
    const spoil = call.spoilers?.[code] ?? spoilers[code as keyof typeof spoilers];
    const answer = await spoil(call, service);
    const is = expectDocumented(operationId, answer);
    expect(is).toBe(`${operationId} ${status} ${code}`);
    answered.add(is);
  });
});

test('the answers for users inside and for users in line are both documented', async () => {
  const call = await callOf(service, 'checkQueue');
  const check = () => service.app.inject({ ...call, headers: service.as() });
  const answers = [await check(), await check(), await check()];
  for (const answer of answers) expectDocumented('checkQueue', answer);
  expect(answers.map((answer) => answer.json().queued)).toEqual([false, false, true]);
  expect(answers[0]?.json()).toMatchObject({ state: 'inside', pass: expect.any(String) });
  expect(answers[2]?.json()).toMatchObject({ state: 'waiting', position: 1, queueSize: 1, sequence: 1 });
  expect(answers[2]?.json()).toMatchObject({ ticket: expect.any(String) });
});

test("getMetrics answers 503 if a worker's primary does not", async () => {
  // Workers have processes of their own: test/unit/cluster/worker.test.ts has a primary that is silent, and this is its error.
  const silent = new UnavailableError('the primary does not answer');
  const text = vi.spyOn(service.app.metrics, 'text').mockRejectedValueOnce(silent);
  const answer = await answerOf(service.app, await callOf(service, 'getMetrics'));
  text.mockRestore();
  expect(answer.statusCode, answer.body).toBe(503);
  answered.add(expectDocumented('getMetrics', answer));
});

test.each(['checkQueue', 'getQueueStatus', 'heartbeatQueue'] as const)(
  'the answers of %s before and in a lobby are documented',
  async (operationId) => {
    const { method, url } = routes[operationId];
    const headers = service.as();
    const send = async (eventId: string) => {
      const at = { headers, method: 'POST', url: `/api/v1/queue/check/${eventId}` } as const;
      await service.app.inject(at);
      const answer = await service.app.inject({ method, headers, url: url.replace(':eventId', eventId) });
      expectDocumented(operationId, answer);
      return answer.json();
    };
    const early = await withLobby(service, { saleStartsIn: 1 });
    expect(await send(early)).toMatchObject({ queued: false, state: 'outside', currentUsers: 0 });
    const open = await withLobby(service, { saleStartsIn: 0.01 });
    expect(await send(open)).toMatchObject({ queued: true, state: 'lobby', position: 0, queueSize: 1 });
  },
);

const needsRedis = (operationId: OperationId) =>
  /^\/api\/v1\/queue\/(?!lottery)/.test(routes[operationId].url);

const knowsWithoutRedis = new Set<OperationId>(['checkQueue', 'getQueueStatus', 'heartbeatQueue']);

/** Without Redis, these refuse only for an event whose line the instance has seen. Lets the second instance see one. */
async function lineUp({ url }: Call): Promise<void> {
  const eventId = UUID.exec(url)?.[0];
  for (const queued of [false, false, true]) {
    const at = { method: 'POST', url: `/api/v1/queue/check/${eventId}`, headers: service.as() } as const;
    expect((await service.apps[1]?.inject(at))?.json().queued).toBe(queued);
  }
}

describe.each([
  [
    'Redis',
    needsRedis,
    async () => {
      await service.redis.stop();
      return { giveBack: () => service.redis.start() };
    },
  ],
  // Metrics tell of an outage. Their 503 is for a worker whose primary doesn't answer.
  [
    'PostgreSQL',
    (operationId: OperationId) => operationId !== 'getMetrics' && !needsRedis(operationId),
    () => takePostgresAway(service),
  ],
] as const)('while %s is away', (_name, needsIt, takeAway) => {
  const affected = operationIds.filter((id) => documented.get(id)?.has(503) && needsIt(id));
  const calls = new Map<OperationId, Call>();
  let outage: { giveBack: () => Promise<void> };

  beforeAll(async () => {
    for (const operationId of affected) calls.set(operationId, await callOf(service, operationId));
    for (const operationId of affected)
      if (knowsWithoutRedis.has(operationId)) await lineUp(calls.get(operationId) as Call);
    outage = await takeAway();
  });
  afterAll(async () => {
    await outage.giveBack();
    // The next test needs a service that is ready again.
    await eventually(
      async () => {
        const answers = await Promise.all(service.apps.map((app) => app.inject('/health/ready')));
        expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
      },
      { timeout: 15_000 },
    );
  });

  test.each(affected)('%s answers 503', async (operationId) => {
    // Lists and searches are in memory. They are refused when all addresses together ask for too many.
    if (operationId === 'listEvents') service.apps[1]?.searchBudget.spend('others', Number.POSITIVE_INFINITY);
    // The second instance has not answered this call before, so it has nothing of it in memory.
    const answer = await answerOf(service.apps[1] as FastifyInstance, calls.get(operationId) as Call);
    expect(answer.statusCode, answer.body).toBe(503);
    answered.add(expectDocumented(operationId, answer));
  });
});

// After all tests, in whatever order they ran: every documented answer was received.
afterAll(() => {
  expect([...answered].sort()).toEqual([...documentedAnswers].sort());
});
