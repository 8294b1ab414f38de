import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  expectedOrder,
  type LotteryBackends,
  people,
  startLotteryBackends,
} from '../../../support/waiting-room/lottery-backends.ts';

let backends: LotteryBackends;
beforeAll(async () => {
  backends = await startLotteryBackends();
});
afterAll(() => backends.stop());

describe('the published lottery', () => {
  test('shows the hash of the seed before the draw, and the seed only after it', async () => {
    const lobby = await backends.openLobby();
    const { eventId } = lobby;
    const instance = lobby.instance();
    const seedHash = createHash('sha256').update(lobby.seed).digest('hex');
    const hidden = { eventId, seedHash, seed: null, drawnAt: null, entries: null };
    const now = Date.now();
    for (const [state, minutes] of [
      ['announced', 31],
      ['open', 29],
      ['drawing', -1],
    ] as const) {
      const drawsAt = new Date(now + minutes * 60_000);
      await backends.db
        .updateTable('events')
        .set({ sale_start_date: drawsAt })
        .where('id', '=', eventId)
        .execute();
      const opensAt = new Date(drawsAt.getTime() - 30 * 60_000).toISOString();
      const told = { ...hidden, state, opensAt, drawsAt: drawsAt.toISOString() };
      expect(await instance.describe(eventId)).toEqual(told);
      await expect(instance.order(eventId)).rejects.toMatchObject({ code: 'LOTTERY_NOT_FOUND' });
    }
    expect(await instance.placeOf(eventId, randomUUID())).toBeUndefined();

    const crowd = people(10);
    await lobby.visit(crowd);
    lobby.start();
    await instance.drawIfDue(eventId);
    const seed = lobby.seed.toString('hex');
    expect(await lobby.instance().describe(eventId)).toMatchObject({
      state: 'drawn',
      seedHash,
      seed,
      entries: 10,
    });
    const numbers = expectedOrder(lobby.seed, crowd).map(([userId]) =>
      createHmac('sha256', lobby.seed).update(userId).digest('hex').slice(0, 16),
    );
    expect(await lobby.instance().order(eventId)).toEqual({ eventId, entries: 10, numbers });
  });

  test('is a new one with a new seed when the sale was put off after the draw and has a lobby again', async () => {
    const lobby = await backends.openLobby();
    const { eventId } = lobby;
    const instance = lobby.instance();
    const [first] = people(1) as [string];
    await lobby.visit([first]);
    lobby.start();
    await instance.drawIfDue(eventId);
    expect(await instance.order(eventId)).toMatchObject({ entries: 1 });
    expect(await instance.placeOf(eventId, first)).toMatchObject({ sequence: 1 });
    await backends.db
      .updateTable('queue_lotteries')
      .set({ seed: randomBytes(32), drawn_at: null, entries: null, user_ids: null })
      .where('event_id', '=', eventId)
      .execute();
    instance.forget(eventId);
    expect(await instance.describe(eventId)).toMatchObject({ seed: null, entries: null });
    await expect(instance.order(eventId)).rejects.toMatchObject({ code: 'LOTTERY_NOT_FOUND' });
    expect(await instance.placeOf(eventId, first)).toBeUndefined();
    // The new lobby is empty.
    await instance.drawIfDue(eventId);
    expect(await instance.describe(eventId)).toMatchObject({ state: 'drawn', entries: 0 });
  });

  test('is a 404 for an unknown event, and for one that gave up its lobby', async () => {
    const lobby = await backends.openLobby();
    const instance = lobby.instance();
    const notFound = { code: 'LOTTERY_NOT_FOUND' };
    await expect(instance.describe(randomUUID())).rejects.toMatchObject(notFound);
    await expect(instance.order(randomUUID())).rejects.toMatchObject(notFound);
    await backends.db
      .updateTable('queue_settings')
      .set({ lobby_minutes: null })
      .where('event_id', '=', lobby.eventId)
      .execute();
    await expect(instance.describe(lobby.eventId)).rejects.toMatchObject(notFound);
  });
});
