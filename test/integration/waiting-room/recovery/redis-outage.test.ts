import { afterEach, describe, expect, test } from 'vitest';
import { tally } from '../../../support/http.ts';
import type { Service } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import {
  flush,
  startLossy,
  THRESHOLD,
  watch,
  withLine,
} from '../../../support/waiting-room/losable-redis.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

const services: Service[] = [];

async function start(env?: Record<string, string>): Promise<Service> {
  const service = await startLossy(env);
  services.push(service);
  return service;
}

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

/** The last sequence in the stored snapshot of a room, which instances that start later read. */
async function seenSeq({ db }: Service, eventId: string): Promise<number | undefined> {
  const rooms = db.selectFrom('queue_rooms').select('seq').where('event_id', '=', eventId);
  return (await rooms.executeTakeFirst())?.seq;
}

describe('during an outage of Redis', () => {
  test.each(['stop', 'pause'] as const)(
    'people inside go on buying, the others are asked to come again later, and an event without a line sells to everybody (%s)',
    async (fault) => {
      const service = await start();
      const { inside, line, queue, seatIds } = await withLine(service, 3);
      const old = queue.person({ userId: (inside[2] as Person).userId, keeps: false });
      const free = await service.seedEvent({ seats: 20 });
      const open = queueOf(service, free.eventId);
      await open.person().check();
      // Wait until each instance has seen the line.
      await eventually(async () =>
        expect(service.apps.map((app) => app.queue.guards(queue.eventId))).toEqual([true, true]),
      );
      await service.redis[fault]();

      const bought = await Promise.all([
        inside[0]?.reserve(seatIds[0], 1),
        inside[1]?.reserve(seatIds[1], 0),
        // Shows no proof, but this instance knows them.
        old.reserve(seatIds[2], 0),
      ]);
      expect(bought.map((answer) => answer?.status)).toEqual([201, 201, 201]);
      const outside = [...line, queue.person()];
      const refused = await Promise.all([
        ...outside.map((person, index) => person.reserve(seatIds[10 + index], index)),
        ...outside.map((person, index) => person.check(index)),
        ...outside.map((person, index) => person.status(index)),
      ]);
      expect(tally(refused)).toEqual({ '503 SERVICE_UNAVAILABLE': 12 });
      for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0);

      for (const instance of [0, 1]) {
        const { body } = (await inside[0]?.check(instance)) ?? {};
        expect(body).toMatchObject({ queued: false, state: 'inside', threshold: THRESHOLD });
        expect(body.pass).toEqual(expect.any(String));
      }
      const anybody = open.people(2 * THRESHOLD);
      const sold = await Promise.all(
        anybody.map((person, index) => person.reserve(free.seatIds[index], index)),
      );
      expect(tally(sold)).toEqual({ 201: 2 * THRESHOLD });
      const entries = await Promise.all(anybody.map((person, index) => person.check(index)));
      for (const { status, body } of entries) {
        expect([status, body.queued]).toEqual([200, false]);
        // A pass would outlive the outage, an unfair advantage over the people who wait.
        expect(body).not.toHaveProperty('pass');
      }
    },
  );

  test('that ends with an empty Redis, everybody keeps their place, and passes given meanwhile count', async () => {
    const service = await start();
    const { eventId, inside, line, sequences, queue, seatIds } = await withLine(service, 5);
    await service.redis.stop();
    const renewed = await eventually(async () => {
      const answer = await (inside[0] as Person).check(1);
      expect(answer.status).toBe(200);
      return answer.body.pass;
    });
    await service.redis.start();
    const stop = watch(service, eventId);
    // Each instance notices for itself that Redis is back.
    for (const instance of [1, 0])
      await eventually(async () =>
        expect((await line[4]?.check(instance))?.body.sequence).toBe(sequences[4]),
      );
    expect(inside[0]?.proofs.pass).toBe(renewed);
    const newcomers = await inTurn(queue.people(2), (person, index) => person.check(index));
    expect(newcomers.map(({ body }) => body.state)).toEqual(['waiting', 'waiting']);
    const answers = await inTurn(inside, (person, index) => person.reserve(seatIds[index], index + 1));
    expect(tally(answers)).toEqual({ 201: THRESHOLD });
    const back = await inTurn(line.toReversed(), (person, index) => person.check(index));
    expect(back.map(({ body }) => body.sequence)).toEqual(sequences.toReversed());
    expect((await queue.admin()).body).toMatchObject({ currentUsers: THRESHOLD, queueSize: 7 });
    expect(await stop()).toBe(THRESHOLD);
    await inside[0]?.leave();
    await eventually(async () => expect((await line[0]?.status())?.body.state).toBe('inside'));
  });
});

test('an instance that starts during an outage refuses people from outside if there was a line', async () => {
  const service = await start();
  const { eventId, inside, line, seatIds, queue } = await withLine(service, 2);
  const free = await service.seedEvent({ seats: 2 });
  await eventually(async () => expect(await seenSeq(service, eventId)).toBe(2), { timeout: 10_000 });
  await service.redis.stop();
  await service.startAnother();
  const answers = await inTurn([...inside, ...line, queue.person()], (person, index) =>
    person.reserve(seatIds[index], 2),
  );
  expect(tally(answers)).toEqual({ 201: THRESHOLD, '503 SERVICE_UNAVAILABLE': 3 });
  const anybody = queueOf(service, free.eventId).person();
  expect((await anybody.reserve(free.seatIds[0], 2)).status).toBe(201);
});

test('instances that start after Redis lost everything know the room', async () => {
  const service = await start();
  const { eventId, inside, line, sequences, seatIds, queue } = await withLine(service, 4);
  await eventually(async () => expect(await seenSeq(service, eventId)).toBe(4), { timeout: 10_000 });
  for (const app of service.apps.splice(0)) await app.close();
  await flush(service);
  await service.startAnother();
  expect((await queue.person().check()).body).toMatchObject({ queued: true });
  const answers = await inTurn(inside, (person, index) => person.reserve(seatIds[index]));
  expect(tally(answers)).toEqual({ 201: THRESHOLD });
  const back = await inTurn(line.toReversed(), (person) => person.check());
  expect(back.map(({ body }) => body.sequence)).toEqual(sequences.toReversed());
});
