import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PreparedAnswer } from '../../../../src/plugins/answers/prepared-answer.ts';
import { eventKey, ResponseCache } from '../../../../src/plugins/answers/response-cache.ts';
import { ask as sendRequest } from '../../../support/http.ts';
import { lockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

const KEY = eventKey('event', 'one');
const SECONDS = 10;

type Loader = () => Promise<unknown>;

async function read(cache: ResponseCache, load: Loader, { key = KEY, seconds = SECONDS } = {}) {
  const { identity }: PreparedAnswer = await cache.get(key, seconds, load);
  return JSON.parse(String(identity.bytes));
}

/** A loader that answers when the test says so. */
function gated() {
  const calls: ((value: unknown) => void)[] = [];
  return { calls, load: () => new Promise((resolve) => calls.push(resolve)) };
}

describe('one loader runs', () => {
  test('for any number of readers', async () => {
    const cache = new ResponseCache();
    const { calls, load } = gated();
    const answers = Array.from({ length: 1_000 }, () => read(cache, load));
    expect(calls).toHaveLength(1);
    calls[0]?.('the truth');
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['the truth']));
    expect(await read(cache, load)).toBe('the truth');
    expect(calls).toHaveLength(1);
  });

  test('for each key', async () => {
    const cache = new ResponseCache();
    const { calls, load } = gated();
    const answers = ['a', 'b'].map((key) => read(cache, load, { key }));
    for (const [index, resolve] of calls.entries()) resolve(index);
    expect(await Promise.all(answers)).toEqual([0, 1]);
  });

  test('again after a failure, which all its readers get and the cache does not keep', async () => {
    const cache = new ResponseCache();
    const fail = () => Promise.reject(new Error('down'));
    const answers = await Promise.allSettled([1, 2, 3].map(() => read(cache, fail)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await read(cache, async () => 'up')).toBe('up');
  });

  test('again after its time', async () => {
    const cache = new ResponseCache();
    let loads = 0;
    const load = async () => ++loads;
    expect(await read(cache, load, { seconds: 0.3 })).toBe(1);
    expect(await read(cache, load, { seconds: 0.3 })).toBe(1);
    await eventually(async () => expect(await read(cache, load, { seconds: 0.3 })).toBeGreaterThan(1));
  });
});

/** What these promises need of a cache. */
interface Memory {
  read(load: Loader): Promise<unknown>;
  forget(): void;
}

const ours = (): Memory => {
  const cache = new ResponseCache();
  return { read: (load) => read(cache, load), forget: () => cache.forgetEvent('one') };
};

/** The obvious cache, which keeps what its loader brings even if the event has changed meanwhile. */
const naive = (): Memory => {
  const kept = new Map<string, unknown>();
  return {
    async read(load) {
      if (!kept.has(KEY)) kept.set(KEY, await load());
      return kept.get(KEY);
    },
    forget: () => void kept.delete(KEY),
  };
};

/** The event changes while a reader waits for the database. Returns what was read before and after. */
async function changeWhileLoading(memory: Memory) {
  const { calls, load } = gated();
  const before = memory.read(load);
  memory.forget();
  calls[0]?.('old');
  return { before: await before, after: await memory.read(async () => 'new') };
}

/** The event changes as well, and the second load overtakes the first. */
async function overtakenLoad(memory: Memory) {
  const { calls, load } = gated();
  const before = memory.read(load);
  memory.forget();
  const after = memory.read(load);
  calls[1]?.('new');
  await after;
  calls[0]?.('old');
  await before;
  return memory.read(async () => 'newest');
}

describe('an answer that is forgotten while it is loaded', () => {
  test('is given to its readers and not kept', async () => {
    expect(await changeWhileLoading(ours())).toEqual({ before: 'old', after: 'new' });
  });

  test('does not replace a newer one', async () => {
    expect(await overtakenLoad(ours())).toBe('new');
  });

  test('the control: a cache without this rule keeps the old answer', async () => {
    expect(await changeWhileLoading(naive())).toEqual({ before: 'old', after: 'old' });
    expect(await overtakenLoad(naive())).toBe('old');
  });

  test('is gone in every view of its event, and stays in those of other events', async () => {
    const cache = new ResponseCache();
    const views = (['event', 'ticket-types'] as const).flatMap((view) =>
      ['one', 'two'].map((id) => eventKey(view, id)),
    );
    for (const key of views) await read(cache, async () => 'old', { key });
    cache.forgetEvent('one');
    const now = await Promise.all(views.map((key) => read(cache, async () => 'new', { key })));
    expect(now).toEqual(['new', 'old', 'new', 'old']);
  });
});

describe('the service', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  test('queries the database once for 50 requests of one page at once', async () => {
    const { eventId } = await service.seedEvent({ seats: 20, stock: [10] });
    const url = `/api/v1/seats/events/${eventId}`;
    const answers = await service.db.transaction().execute(async (trx) => {
      await sql`LOCK TABLE seats IN ACCESS EXCLUSIVE MODE`.execute(trx);
      // The load gives up after a second, and a busy machine takes half of it for 200 requests.
      const asked = Array.from({ length: 50 }, () => sendRequest(service.app, { url }));
      await eventually(async () => expect(await lockWaiters(service.db)).not.toEqual([]));
      // The pool lends connections in turn, so another load would have begun by now.
      for (let turn = 0; turn < 3; turn++) await sql`SELECT 1`.execute(service.app.db);
      expect(await lockWaiters(service.db)).toHaveLength(1);
      return { asked };
    });
    const statuses = (await Promise.all(answers.asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
