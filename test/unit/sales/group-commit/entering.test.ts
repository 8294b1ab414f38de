import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { expect, test, vi } from 'vitest';
import type { Problem } from '../../../../src/errors/problem.ts';
import { Halls } from '../../../../src/sales/best-available/halls.ts';
import { createEngine } from '../../../../src/sales/group-commit/engine.ts';
import { ALICE, EVENT, settings } from './world.ts';

test('an engine is idle only after the requests that waited for their entry are decided', async () => {
  const entry = Promise.withResolvers<Problem | undefined>();
  const connection = Promise.withResolvers<never>();
  const connect = vi.fn(() => connection.promise);
  const engine = createEngine(
    { connect } as unknown as pg.Pool,
    new Halls({ inMemory: vi.fn(), bringUpToDate: vi.fn(), onChanges: vi.fn(), onReset: vi.fn() }),
    settings,
    { refusals: async (requests) => requests.map(() => entry.promise) },
    { changed: vi.fn(), decided: vi.fn() },
  );
  const ended: string[] = [];
  const request = { kind: 'best', quantity: 1, userId: ALICE, eventId: EVENT, message: '' } as const;
  const deciding = engine.decide(request).catch(() => void ended.push('request'));
  const stopping = engine.idle().then(() => void ended.push('engine'));
  await sleep(20);
  expect(ended).toEqual([]);
  entry.resolve(undefined);
  await vi.waitFor(() => expect(connect).toHaveBeenCalled());
  await sleep(20);
  expect(ended).toEqual([]);
  connection.reject(new Error('PostgreSQL is away'));
  await Promise.all([deciding, stopping]);
  expect(ended).toEqual(['request', 'engine']);
});
