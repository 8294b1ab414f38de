import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RoomSnapshot } from '../../../../src/realtime/types.ts';
import { tally } from '../../../support/http.ts';
import type { Service } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { onEachRedis } from '../../../support/waiting-room/each-redis.ts';
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

  test('hears when people have left', async () => {
    const { eventId, seatIds, queue, inside } = await full();
    await inside[0]?.leave();
    await eventually(() => expect(told.get(eventId)?.inside).toBe(THRESHOLD - 1));
    await flush(service);
    const answers = await inTurn(queue.people(2), (person, index) => person.reserve(seatIds[index], 1));
    expect(tally(answers)).toEqual({ 201: 1, '403 QUEUE_REQUIRED': 1 });
  });
});

onEachRedis('what an instance hears from others of a room', ({ open, clients }) => {
  /** Two users inside, of whom the second instance knows the first. */
  async function shared() {
    const room = open({ threshold: 3 });
    const other = room.instance({ redis: clients()[1] });
    await room.visit('enter', randomUUID());
    await other.overview(room.eventId);
    await room.timePasses(1);
    await room.visit('enter', randomUUID());
    const known = () => room.commands.known(room.eventId) as RoomSnapshot;
    return { room, other, known };
  }

  test('counts if it is newer', async () => {
    const { room, other, known } = await shared();
    const before = other.known(room.eventId) as RoomSnapshot;
    other.learn(room.eventId, known());
    expect(other.known(room.eventId)).toMatchObject({ ...known(), inside: 2 });
    other.learn(room.eventId, before);
    expect(other.known(room.eventId)).toMatchObject({ ...known(), inside: 2 });
    await room.flush();
    const { room: found } = await other.overview(room.eventId);
    expect(found).toMatchObject({ reformed: true, inside: 2 });
  });

  test('does not hide a loss that only this instance can notice', async () => {
    const { room, other, known } = await shared();
    await other.overview(room.eventId);
    await room.timePasses(1);
    await room.flush();
    // The first instance of a new build knows nothing, begins a new room, and tells of it.
    const ignorant = room.instance();
    await ignorant.visit(room.eventId, 'enter', [{ userId: randomUUID() }]);
    const begun = ignorant.known(room.eventId) as RoomSnapshot;
    expect(begun.born).not.toBe(known().born);
    other.learn(room.eventId, begun);
    const { room: found } = await other.overview(room.eventId);
    // The two who were inside, and the one whom the other instance let in.
    expect(found).toMatchObject({ reformed: true, inside: 3 });
  });

  test('does not hide that the room went back to an older state', async () => {
    const { room, other, known } = await shared();
    const { seq, kept } = known();
    other.learn(room.eventId, { ...known(), seq: seq + 5 });
    other.learn(room.eventId, { ...known(), kept: kept + 1_000 });
    expect(other.known(room.eventId)).toMatchObject({ seq: seq + 5, kept });
  });

  test('counts of a room that began after the one before was over', async () => {
    const { room, other, known } = await shared();
    await room.timePasses(451);
    const stranger = room.instance();
    await stranger.visit(room.eventId, 'enter', [{ userId: randomUUID() }]);
    expect(stranger.known(room.eventId)?.born).toBe(known().born);
    await room.timePasses(601);
    await stranger.visit(room.eventId, 'enter', [{ userId: randomUUID() }]);
    const anew = stranger.known(room.eventId) as RoomSnapshot;
    expect(anew.born).not.toBe(known().born);
    other.learn(room.eventId, anew);
    expect(other.known(room.eventId)).toMatchObject(anew);
    expect(await other.overview(room.eventId)).toMatchObject({ room: { reformed: false, inside: 1 } });
  });
});
