import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHold } from '../../../src/sales/hold.ts';
import type { HoldOutcome, HoldRequest } from '../../../src/sales/hold-request.ts';
import { ALICE, EVENT, settings } from './group-commit/world.ts';

/** How long one decision takes. */
const DECISION_MS = 10;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('a request that finds holds to end again and again is refused after some seconds', async () => {
  const app = {
    queue: {},
    redisHealth: { answers: true },
    requireEvent: async () => undefined,
    metrics: { degradedWhile: vi.fn(), gauge: vi.fn() },
  } as unknown as FastifyInstance;
  let decisions = 0;
  const engine = {
    async decide(_request: HoldRequest): Promise<HoldOutcome> {
      vi.advanceTimersByTime(DECISION_MS);
      // So that the test ends if the promise is broken.
      if (++decisions > 10_000) throw new Error('for ever');
      return { kind: 'refused', code: 'SOLD_OUT', overdue: true };
    },
    waiting: () => 0,
    idle: async () => undefined,
  };
  const metrics = { outcomes: { inc: vi.fn() } } as unknown as Parameters<typeof createHold>[3];
  const hold = createHold(app, engine, settings, metrics, { makeWay: async () => true });
  const begun = performance.now();
  const request = { kind: 'best', quantity: 1, userId: ALICE, eventId: EVENT, message: '' } as const;
  expect(await hold(request)).toMatchObject({ kind: 'refused', code: 'SOLD_OUT' });
  expect(performance.now() - begun).toBeLessThan(10_000);
});
