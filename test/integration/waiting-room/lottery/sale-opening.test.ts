import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTiketiClient, verifyLotteryPlace } from '../../../../src/client/index.ts';
import { type Service, startService } from '../../../support/service.ts';
import { openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { people } from '../../../support/waiting-room/lottery-backends.ts';
import { queueOf } from '../../../support/waiting-room/queue-client.ts';

test('a sale with a lobby opens by itself on every instance, and each buyer can verify their place', async () => {
  const service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '0', QUEUE_TICK_MS: '50' } });
  try {
    const { eventId } = await service.seedEvent({ saleStartsIn: 6 / 86_400, status: 'upcoming' });
    const settled = await service.app.inject({
      method: 'PATCH',
      url: `/api/v1/queue/admin/${eventId}`,
      headers: service.as(undefined, 'admin'),
      payload: { lobbyMinutes: 30 },
    });
    expect(settled.json()).toMatchObject({ lobbyMinutes: 30 });
    const clientOf = (userId: string, index: number) =>
      createTiketiClient({
        baseUrl: service.origins[index % 2] as string,
        token: service.token({ userId }),
      });
    const buyers = people(30).map((userId, index) => ({ userId, client: clientOf(userId, index) }));
    const [anyone] = buyers as [(typeof buyers)[number]];
    const { seedHash: noted, ...announced } = await anyone.client.getQueueLottery({ eventId });
    expect(announced).toMatchObject({ state: 'open', seed: null, entries: null });
    // The other instance learns of the lobby within a second.
    await eventually(async () => {
      for (const { client } of buyers)
        expect(await client.checkQueue({ eventId })).toMatchObject({
          queued: true,
          state: 'lobby',
          position: 0,
        });
    });

    const lottery = await eventually(
      async () => {
        const told = await anyone.client.getQueueLottery({ eventId });
        expect(told.state).toBe('drawn');
        return { ...told, seedHash: noted };
      },
      { timeout: 15_000 },
    );
    expect(lottery.entries).toBe(buyers.length);
    const order = await anyone.client.getQueueLotteryOrder({ eventId });
    const places: number[] = [];
    for (const { userId, client } of buyers) {
      const standing = await eventually(async () => {
        const told = await client.getQueueStatus({ eventId });
        expect(told.state).toBe('waiting');
        return told;
      });
      const sequence = standing.sequence ?? 0;
      expect(standing.position).toBe(sequence);
      expect(await verifyLotteryPlace({ userId, sequence, lottery, order })).toMatchObject({ valid: true });
      places.push(sequence);
    }
    expect(places.sort((one, other) => one - other)).toEqual(buyers.map((_, index) => index + 1));
    const late = clientOf(randomUUID(), 0);
    expect(await late.checkQueue({ eventId })).toMatchObject({ sequence: buyers.length + 1 });
  } finally {
    await service.stop();
  }
});

describe('a sale that starts', () => {
  let service: Service;
  let sockets: Sockets;
  beforeAll(async () => {
    const env = { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '100', QUEUE_REFORM_SECONDS: '3' };
    service = await startService({ instances: 2, ownRedis: true, env });
    sockets = openSockets(service.token);
  });
  afterAll(async () => {
    expect(sockets.close()).toEqual([]);
    await service.stop();
  });

  test('while Redis is lost has everybody in its lottery, also a person with nothing but an open socket', async () => {
    // Before, all come. After that and the loss, they have QUEUE_REFORM_SECONDS to come back.
    const startsAt = Date.now() + 4_000;
    const rooms = await Promise.all(
      // Redis is lost a moment before the start of one sale, and after the start of the other.
      [0, -600].map(async (earlier) => {
        const { eventId } = await service.seedEvent({
          saleStartsIn: (startsAt + earlier - Date.now()) / 86_400_000,
        });
        const queue = queueOf(service, eventId);
        expect((await queue.change({ lobbyMinutes: 1 })).status).toBe(200);
        await eventually(async () => expect((await queue.admin(1)).body.lobbyMinutes).toBe(1));
        const everybody = queue.people(4);
        for (const [index, person] of everybody.entries())
          expect((await person.check(index)).body).toMatchObject({ queued: true, state: 'lobby' });
        const quiet = everybody[3] as (typeof everybody)[number];
        const socket = await sockets.connect(service.origins[1] as string, { userId: quiet.userId });
        expect(await socket.send('join-queue', { eventId })).toEqual({ ok: true });
        return { eventId, queue, everybody };
      }),
    );
    await eventually(() => expect(Date.now()).toBeGreaterThan(startsAt - 150), { interval: 5 });
    await service.redis.client.flushall();
    for (const { queue } of rooms) await queue.person().check(1);
    await eventually(() => expect(Date.now()).toBeGreaterThan(startsAt + 100), { interval: 5 });
    for (const { everybody } of rooms)
      for (const [index, person] of everybody.slice(0, 3).entries()) await person.status(index);
    for (const { eventId, everybody } of rooms) {
      const lottery = await eventually(
        async () => {
          const answer = await service.app.inject({ url: `/api/v1/queue/lottery/${eventId}` });
          expect(answer.json()).toMatchObject({ state: 'drawn' });
          return answer.json();
        },
        { timeout: 10_000, interval: 50 },
      );
      expect(lottery.entries).toBeGreaterThanOrEqual(4);
      for (const person of everybody)
        await eventually(async () =>
          expect(['inside', 'waiting']).toContain((await person.status()).body.state),
        );
    }
  });
});
