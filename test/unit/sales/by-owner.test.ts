import { expect, test, vi } from 'vitest';
import { UnavailableError } from '../../../src/errors/unavailable.ts';
import { LinkLost } from '../../../src/plugins/peers/link.ts';
import type { Peers } from '../../../src/plugins/peers/peers.ts';
import { byOwner } from '../../../src/sales/by-owner.ts';
import type { HoldOutcome, HoldRequest } from '../../../src/sales/hold-request.ts';
import { ALICE, EVENT } from './group-commit/world.ts';

const request: HoldRequest = { kind: 'best', quantity: 1, userId: ALICE, eventId: EVENT, message: '' };
const idempotency = { key: 'a key', fingerprint: 'f', language: 'ko', requestId: 'r' } as const;
const GRANTED = { kind: 'granted', answer: {} } as HoldOutcome;
const IN_FLIGHT: HoldOutcome = { kind: 'refused', code: 'IDEMPOTENCY_IN_FLIGHT' };

function engineOf({ here = [GRANTED], owner }: { here?: HoldOutcome[]; owner?: () => Promise<unknown> }) {
  const decide = vi.fn(async (_request: HoldRequest) => here.shift() as HoldOutcome);
  const answer = vi.fn();
  const ask = vi.fn(owner ?? (async () => GRANTED));
  const peers = { answer, ownerOf: () => owner && { ask } } as unknown as Peers;
  const engine = { decide, waiting: () => 0, idle: async () => undefined };
  return { engine: byOwner(engine, peers), decide, ask, answer };
}
const lost = async () => {
  throw new LinkLost();
};

test('the owner decides, and this worker when there is no owner to ask', async () => {
  const asked = engineOf({ owner: async () => GRANTED });
  expect(await asked.engine.decide(request)).toBe(GRANTED);
  expect(asked.ask).toHaveBeenCalledWith('hold', { request, at: expect.any(Number) });
  expect(asked.decide).not.toHaveBeenCalled();
  const alone = engineOf({});
  expect(await alone.engine.decide(request)).toBe(GRANTED);
});

test('a request that another worker sent is decided here, and never sent on', async () => {
  const { answer, ask, decide } = engineOf({ owner: async () => GRANTED });
  const [question, give] = answer.mock.calls[0] as [string, (value: unknown) => Promise<unknown>];
  expect(question).toBe('hold');
  expect(await give({ request, at: Date.now() })).toBe(GRANTED);
  expect(decide).toHaveBeenCalledOnce();
  expect(ask).not.toHaveBeenCalled();
});

test('a request that waited for a worker which hung is refused: its buyer has had an answer', async () => {
  const { answer, decide } = engineOf({});
  const [, give] = answer.mock.calls[0] as [string, (value: unknown) => Promise<unknown>];
  await expect(give({ request, at: Date.now() - 6_000 })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
  });
  expect(decide).not.toHaveBeenCalled();
});

test('when the owner ends, a request with a key is decided here once its transaction is over', async () => {
  const { engine, decide } = engineOf({ here: [IN_FLIGHT, IN_FLIGHT, GRANTED], owner: lost });
  expect(await engine.decide({ ...request, idempotency })).toBe(GRANTED);
  expect(decide).toHaveBeenCalledTimes(3);
});

test('when the owner ends, a request without a key is not decided a second time', async () => {
  const { engine, decide } = engineOf({ owner: lost });
  await expect(engine.decide(request)).rejects.toThrow(UnavailableError);
  expect(decide).not.toHaveBeenCalled();
});

test('an error of the owner is no reason to decide again', async () => {
  const failed = engineOf({
    owner: async () => {
      throw new UnavailableError('PostgreSQL is down');
    },
  });
  await expect(failed.engine.decide({ ...request, idempotency })).rejects.toThrow('PostgreSQL is down');
  expect(failed.decide).not.toHaveBeenCalled();
});
