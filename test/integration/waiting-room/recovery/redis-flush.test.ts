import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tally } from '../../../support/http.ts';
import type { Service } from '../../../support/service.ts';
import { openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import {
  flush,
  startLossy,
  THRESHOLD,
  watch,
  withLine,
} from '../../../support/waiting-room/losable-redis.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

describe('a flush of Redis in the middle of a sale', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startLossy();
  });
  afterAll(() => service.stop());

  test('lets buyers with a pass go on at once, also on an instance that never saw them', async () => {
    const { inside, seatIds } = await withLine(service, 2);
    await flush(service);
    const answers = await inTurn(inside, (person, index) => person.reserve(seatIds[index], index + 1));
    expect(tally(answers)).toEqual({ 201: THRESHOLD });
  });

  test('puts people with a ticket back where they were within one contact, and newcomers behind them', async () => {
    const { queue, inside, line, sequences } = await withLine(service, 12);
    await flush(service);
    const newcomers = queue.people(6);
    const first = await inTurn(newcomers.slice(0, 3), (person, index) => person.check(index));
    expect(first.map(({ body }) => body.state)).toEqual(Array(3).fill('waiting'));
    // In reverse order, on an instance that each did not ask before, by every kind of contact.
    const back = await inTurn(line.toReversed(), (person, index) =>
      index % 3 === 0
        ? person.check(index)
        : index % 3 === 1
          ? person.status(index)
          : person.heartbeat(index),
    );
    expect(back.map(({ body }) => body.sequence)).toEqual(sequences.toReversed());
    await inTurn(newcomers.slice(3), (person, index) => person.check(index));
    await inTurn(inside, (person, index) => person.check(index + 1));
    const positions = await inTurn([...line, ...newcomers], (person) => person.status());
    expect(positions.map(({ body }) => body.position)).toEqual(
      Array.from({ length: 18 }, (_, index) => index + 1),
    );
    expect((await queue.admin(1)).body).toMatchObject({ currentUsers: THRESHOLD, queueSize: 18 });
  });

  test('lets the line move on in its old order once it has formed again, and never passes the threshold', async () => {
    const { eventId, queue, inside, line } = await withLine(service, 9);
    const stop = watch(service, eventId);
    await flush(service);
    // Newcomers come first: there seems to be room, but there is none.
    const newcomers = queue.people(4);
    await inTurn(newcomers, (person, index) => person.check(index));
    await inTurn([...line.toReversed(), ...inside], (person, index) => person.check(index));
    const order = [...inside, ...line, ...newcomers];
    for (let gone = 0; gone < 12; gone += 3) {
      await inTurn(order.slice(gone, gone + 3), (person, index) => person.leave(index));
      await eventually(async () => {
        const states = await inTurn(order.slice(gone + 3), (person, index) => person.status(index));
        expect(states.map(({ body }) => body.state)).toEqual(
          states.map((_, index) => (index < 3 ? 'inside' : 'waiting')),
        );
      });
    }
    expect(await stop()).toBe(THRESHOLD);
  });

  test('keeps the places of the people inside until they had time to come back', async () => {
    const { eventId, queue, inside, seatIds } = await withLine(service, 0);
    const stop = watch(service, eventId);
    await flush(service);
    const crowd = queue.people(20);
    const answers = await Promise.all(crowd.map((person, index) => person.reserve(seatIds[index], index)));
    expect(tally(answers)).toEqual({ '403 QUEUE_REQUIRED': 20 });
    await Promise.all(crowd.map((person, index) => person.check(index)));
    expect((await queue.admin()).body).toMatchObject({
      currentUsers: THRESHOLD,
      queueSize: 20,
      available: 0,
    });
    const back = await Promise.all(inside.map((person, index) => person.reserve(seatIds[index], index + 1)));
    expect(tally(back)).toEqual({ 201: THRESHOLD });
    expect(await stop()).toBe(THRESHOLD);
  });

  test('lets newcomers enter as before when there was room and no line', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const queue = queueOf(service, eventId);
    const [a, b, c, d] = queue.people(4) as [Person, Person, Person, Person];
    await a.check();
    await flush(service);
    const answers = [
      await b.reserve(seatIds[0], 1),
      await c.reserve(seatIds[1]),
      // The place of the person who is still to come back.
      await d.reserve(seatIds[2]),
      await a.reserve(seatIds[3], 1),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 403, 201]);
  });

  test('keeps the places of clients without proofs on the instance that they asked', async () => {
    const { inside, line, sequences, queue, seatIds } = await withLine(service, 6, false);
    await flush(service);
    await inTurn(queue.people(2), (person, index) => person.check(index));
    const bought = await inTurn(inside, (person, index) => person.reserve(seatIds[index], index));
    expect(tally(bought)).toEqual({ 201: THRESHOLD });
    const places = await Promise.all(line.map((person, index) => person.status(index)));
    expect(places.map(({ body }) => body.sequence)).toEqual(sequences);
  });

  test('does not lead back people who left before, although they show proofs', async () => {
    const { inside, line, queue, seatIds } = await withLine(service, 3);
    const [gone, staying] = inside as [Person, Person];
    const [abandons, next, last] = line as [Person, Person, Person];
    await abandons.leave(1);
    await gone.leave(1);
    await eventually(async () => expect((await next.status()).body.state).toBe('inside'));
    await flush(service);
    expect(tally([await gone.reserve(seatIds[0], 1), await staying.reserve(seatIds[1], 1)])).toEqual({
      '403 QUEUE_REQUIRED': 1,
      201: 1,
    });
    expect((await next.reserve(seatIds[2], 1)).status).toBe(201);
    expect((await last.check(1)).body).toMatchObject({ position: 1 });
    expect((await abandons.check(1)).body).toMatchObject({ position: 2 });
    expect((await queue.admin()).body).toMatchObject({ currentUsers: THRESHOLD });
  });

  test('revives no proof from before a clear', async () => {
    const { inside, line, queue, seatIds } = await withLine(service, 2);
    const old = [...inside, ...line];
    expect((await queue.clear(1)).status).toBe(200);
    const others = queue.people(THRESHOLD + 1);
    await inTurn(others, (person, index) => person.check(index));
    const last = others[THRESHOLD] as Person;
    const refused = async () =>
      tally(await inTurn(old, (person, index) => person.reserve(seatIds[20 + index], index)));
    expect(await refused()).toEqual({ '403 QUEUE_REQUIRED': old.length });
    // Instances read changes in order: one that knows this setting knows of the clear before it.
    await queue.change({ drainPerSecond: 1_000 }, 1);
    await eventually(async () => expect((await queue.admin()).body.drainPerSecond).toBe(1_000));
    await flush(service);
    expect(await refused()).toEqual({ '403 QUEUE_REQUIRED': old.length });
    const back = await inTurn(others.slice(0, THRESHOLD), (person, index) =>
      person.reserve(seatIds[index], index + 1),
    );
    expect(tally(back)).toEqual({ 201: THRESHOLD });
    expect(await refused()).toEqual({ '403 QUEUE_REQUIRED': old.length });
    expect((await last.check()).body).toMatchObject({ position: 1 });
    expect((await line[0]?.check())?.body).toMatchObject({ position: 2 });
  });

  test('several times in a row costs nobody their place', async () => {
    const { eventId, inside, line, sequences } = await withLine(service, 5);
    const stop = watch(service, eventId);
    for (let round = 0; round < 3; round++) {
      await flush(service);
      const places = await inTurn(line.toReversed(), (person, index) => person.check(index + round));
      expect(places.map(({ body }) => body.sequence)).toEqual(sequences.toReversed());
      const entries = await inTurn(inside, (person, index) => person.check(index + round));
      expect(entries.map(({ body }) => body.state)).toEqual(Array(THRESHOLD).fill('inside'));
    }
    expect(await stop()).toBe(THRESHOLD);
  });
});

describe('sockets in the queue room', () => {
  let service: Service;
  let sockets: Sockets;
  beforeEach(async () => {
    // The default time to live, so that sockets make contact every 15 seconds.
    service = await startLossy({ QUEUE_THRESHOLD: '1' });
    sockets = openSockets(service.token);
  });
  afterEach(async () => {
    const violations = sockets.close();
    await service.stop();
    expect(violations).toEqual([]);
  });

  test('keep the places of people who do nothing at all, in their order', async () => {
    const { eventId } = await service.seedEvent();
    const queue = queueOf(service, eventId);
    const [inside, ...line] = queue.people(7, { keeps: false }) as [Person, ...Person[]];
    await inTurn([inside, ...line], (person, index) => person.check(index));
    const open = await inTurn(line, async ({ userId }, index) => {
      // On another instance than the one that they asked.
      const listener = await sockets.connect(service.origins[index % 2] as string, { userId });
      expect(await listener.send('join-queue', { eventId })).toEqual({ ok: true });
      return listener;
    });
    await flush(service);
    const late = queue.people(2);
    await inTurn(late, (person, index) => person.check(index));
    await inside.leave();
    for (const listener of open) {
      await listener.hears('queue-entry-allowed', { eventId, userId: listener.userId }, 8_000);
      await queue.person({ userId: listener.userId }).leave();
    }
    await eventually(async () => expect((await late[0]?.status())?.body.state).toBe('inside'));
    expect((await late[1]?.status())?.body).toMatchObject({ position: 1, currentUsers: 1 });
  });

  test('bring back a line without a single request, and the line moves on', async () => {
    const { eventId } = await service.seedEvent();
    const queue = queueOf(service, eventId);
    const [, ...line] = await inTurn(queue.people(4, { keeps: false }), async (person) => {
      await person.check();
      return person;
    });
    const open = await inTurn(line, async ({ userId }, index) => {
      const listener = await sockets.connect(service.origins[index % 2] as string, { userId });
      expect(await listener.send('join-queue', { eventId })).toEqual({ ok: true });
      return listener;
    });
    await flush(service);
    const back = () => service.redis.client.zcard(`${service.app.redisPrefix}:{${eventId}}:waiting`);
    await eventually(async () => expect(await back()).toBe(3));
    await queue.change({ threshold: 3 }, 1);
    for (const listener of open.slice(0, 2))
      await listener.hears('queue-entry-allowed', { eventId, userId: listener.userId }, 8_000);
    await open[2]?.hears('queue-updated', { queueSize: 1, currentUsers: 3, threshold: 3 });
    expect(open[2]?.heard('queue-entry-allowed')).toEqual([]);
  });
});
