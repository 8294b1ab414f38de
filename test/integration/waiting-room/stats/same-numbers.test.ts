import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventSeed } from '../../../support/events.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

const PEOPLE = 12;

let service: Service;

beforeAll(async () => {
  // A machine that stands still for half a second makes a line form again, which then stands still for QUEUE_REFORM_SECONDS.
  const env = {
    QUEUE_THRESHOLD: '2',
    QUEUE_TICK_MS: '50',
    QUEUE_WAITING_TTL_SECONDS: '2',
    QUEUE_REFORM_SECONDS: '1',
  };
  service = await startService({ instances: 2, env });
});
afterAll(() => service.stop());

const NAMES = ['arrivals', 'admissions', 'abandonments'] as const;
const queues: ReturnType<typeof queueOf>[] = [];

async function openQueue(seed?: EventSeed) {
  const queue = queueOf(service, (await service.seedEvent(seed)).eventId);
  queues.push(queue);
  return queue;
}

/** The counters of all instances together. */
async function counted(name: (typeof NAMES)[number]): Promise<number> {
  const counters = service.apps.map(({ metrics }) =>
    metrics.registry.getSingleMetric(`tiketi_queue_${name}_total`)?.get(),
  );
  return (await Promise.all(counters)).reduce((sum, found) => sum + (found?.values[0]?.value ?? 0), 0);
}

/** Asserts that the overviews of all events together show what the instances counted. */
async function agree(): Promise<void> {
  await eventually(async () => {
    const overviews = await Promise.all(queues.map(async (queue) => (await queue.admin()).body.stats));
    for (const name of NAMES)
      expect(
        overviews.reduce((sum, stats) => sum + stats[name], 0),
        name,
      ).toBe(await counted(name));
  });
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      verb: fc.constantFrom('check' as const, 'check' as const, 'status' as const, 'leave' as const),
      user: fc.nat({ max: PEOPLE - 1 }),
      on: fc.nat({ max: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('pause' as const), ms: fc.nat({ max: 250 }) }) },
);

test('the overview and the counters of all instances show the same numbers, whatever people do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 60 }), async (steps) => {
      const queue = await openQueue();
      const people = queue.people(PEOPLE);
      // Two go inside, one waits and leaves, and the next one falls silent.
      await inTurn(people.slice(0, 4), (person, index) => person.check(index % 2));
      await people[2]?.leave();
      await sleep(2_100);
      for (const each of steps)
        if (each.verb === 'pause') await sleep(each.ms);
        else await people[each.user]?.[each.verb](each.on);
      await agree();
      const { stats } = (await queue.admin()).body;
      expect(stats.abandonments).toBeGreaterThanOrEqual(2);
    }),
    { numRuns: 1 },
  );
});

test('users who leave a lobby or fall silent in it are no abandonments, and all who are drawn are arrivals', async () => {
  const queue = await openQueue({ saleStartsIn: 1 / 96, status: 'upcoming' });
  await queue.change({ lobbyMinutes: 30, threshold: 0 });
  const people = queue.people(8);
  const [leaver, , , ...present] = people as [Person, ...Person[]];
  await inTurn(people, (person) => person.check());
  await leaver.leave();
  await eventually(
    async () => {
      await inTurn(present, (person) => person.check());
      const stats = expect.objectContaining({ arrivals: 0, abandonments: 0 });
      expect((await queue.admin()).body).toMatchObject({ lobbySize: present.length, stats });
    },
    { timeout: 10_000, interval: 100 },
  );
  await agree();
  // An instance that doesn't know of the new start yet would take the line for a lobby again, and its users would arrive once more.
  await service.db
    .updateTable('events')
    .set({ sale_start_date: new Date(Date.now() + 3_000) })
    .where('id', '=', queue.eventId)
    .execute();
  await eventually(
    async () => {
      await inTurn(present, (person) => person.status());
      expect((await queue.admin()).body.stats.arrivals).toBe(present.length);
    },
    { timeout: 15_000, interval: 100 },
  );
  await agree();
});
