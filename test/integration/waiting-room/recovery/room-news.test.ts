import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RoomSnapshot } from '../../../../src/database/schema.ts';
import { Announcements } from '../../../../src/realtime/announcements.ts';
import { tally } from '../../../support/http.ts';
import type { Service } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { flush, startLossy, THRESHOLD, watch } from '../../../support/waiting-room/losable-redis.ts';
import { inTurn, queueOf } from '../../../support/waiting-room/queue-client.ts';

describe('an instance that never had contact with a room without a line', () => {
  let service: Service;
  /** What the second instance was told of each room. */
  const told = new Map<string, RoomSnapshot>();
  beforeAll(async () => {
    service = await startLossy();
    service.apps[1]?.announcements.onRoomsKnown((rooms) => {
      for (const [eventId, room] of rooms) told.set(eventId, room);
    });
  });
  afterAll(() => service.stop());

  /** A room with as many users inside as fit, who all came to the first instance and bought at once. */
  async function full() {
    const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
    const queue = queueOf(service, eventId);
    const inside = queue.people(THRESHOLD);
    const answers = await inTurn(inside, (person, index) => person.reserve(seatIds[30 + index]));
    expect(tally(answers)).toEqual({ 201: THRESHOLD });
    await eventually(() => expect(told.get(eventId)?.inside).toBe(THRESHOLD));
    return { eventId, seatIds, queue, inside };
  }

  test('counts the people inside after a flush, and lets no newcomer in before their places are free', async () => {
    const { eventId, seatIds, queue, inside } = await full();
    const stop = watch(service, eventId);
    await flush(service);
    const crowd = queue.people(20);
    const answers = await Promise.all(crowd.map((person, index) => person.reserve(seatIds[index], 1)));
    expect(tally(answers)).toEqual({ '403 QUEUE_REQUIRED': 20 });
    // Without a pass, the instance that saw them knows them.
    const back = await inTurn(inside, (person) => person.status());
    expect(back.map(({ body }) => body.state)).toEqual(Array(THRESHOLD).fill('inside'));
    expect(await stop()).toBe(THRESHOLD);
  });

  test('hears of it even if it started later', async () => {
    const { eventId, seatIds, queue } = await full();
    const heard = new Set<string>();
    // It may hear of the room before its start returns.
    const { onRoomsKnown } = Announcements.prototype;
    const listens = vi.spyOn(Announcements.prototype, 'onRoomsKnown').mockImplementation(function (
      this: Announcements,
      listener,
    ) {
      onRoomsKnown.call(this, listener);
      onRoomsKnown.call(this, (rooms) => {
        for (const [known] of rooms) heard.add(known);
      });
    });
    onTestFinished(() => listens.mockRestore());
    await service.startAnother();
    await eventually(() => expect(heard).toContain(eventId));
    await flush(service);
    const crowd = queue.people(5);
    const answers = await Promise.all(crowd.map((person, index) => person.reserve(seatIds[index], 2)));
    expect(tally(answers)).toEqual({ '403 QUEUE_REQUIRED': 5 });
  });

  test('hears of it from an instance that ends', async () => {
    const ending = await service.startAnother({ QUEUE_TICK_MS: '60000' });
    const { eventId, seatIds } = await service.seedEvent({ seats: 5 });
    expect(
      (
        await queueOf(service, eventId)
          .person()
          .reserve(seatIds[0], service.apps.length - 1)
      ).status,
    ).toBe(201);
    expect(told.has(eventId)).toBe(false);
    await ending.close();
    service.apps.pop();
    service.origins.pop();
    await eventually(() => expect(told.get(eventId)?.inside).toBe(1));
  });

  test('hears when people have left', async () => {
    const { eventId, seatIds, queue, inside } = await full();
    await inside[0]?.leave();
    await eventually(() => expect(told.get(eventId)?.inside).toBe(THRESHOLD - 1));
    await flush(service);
    const answers = await inTurn(queue.people(2), (person, index) => person.reserve(seatIds[index], 1));
    expect(tally(answers)).toEqual({ 201: 1, '403 QUEUE_REQUIRED': 1 });
  });
});
