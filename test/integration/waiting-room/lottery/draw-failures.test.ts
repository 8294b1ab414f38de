import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  expectedOrder,
  instanceLosingRedisAfter,
  type LotteryBackends,
  people,
  startLotteryBackends,
  watched,
} from '../../../support/waiting-room/lottery-backends.ts';

let backends: LotteryBackends;
beforeAll(async () => {
  backends = await startLotteryBackends();
});
afterAll(() => backends.stop());

describe('a draw that fails', () => {
  test('is completed by another instance, between whichever two steps the first one dies', async () => {
    const crowd = people(2_100);
    const steps: string[] = [];
    let died = true;
    for (let at = 0; died; at++) {
      const lobby = await backends.openLobby();
      await lobby.visit(crowd);
      lobby.start();
      let count = 0;
      died = false;
      const dying = lobby.instance((commands) =>
        watched(commands, async (when, what) => {
          if (count++ !== at) return;
          died = true;
          steps.push(`${when} ${what}`);
          throw new Error('died');
        }),
      );
      const drew = await dying.drawIfDue(lobby.eventId).catch(() => 'died');
      expect(drew).toBe(died ? 'died' : true);
      const { user_ids } = await lobby.stored();
      const late = people(2);
      await lobby.visit(late);
      const others = [lobby.instance(), lobby.instance()];
      await Promise.all(others.map((each) => each.drawIfDue(lobby.eventId)));
      const line = [
        ...expectedOrder(lobby.seed, crowd),
        ...late.map((userId, index) => [userId, 2_101 + index]),
      ];
      expect([...(await lobby.line())], steps.at(-1)).toEqual(line);
      if (user_ids) expect((await lobby.stored()).user_ids).toEqual(user_ids);
    }
    const once = (what: string) => [`before ${what}`, `after ${what}`];
    const twice = (what: string) => [...once(what), ...once(what)];
    const reads = steps.filter((step) => step.endsWith('read'));
    expect(reads.length).toBeGreaterThan(1);
    expect(steps).toEqual([
      ...twice('close'),
      ...reads,
      ...twice('close'),
      ...twice('load'),
      ...once('draw'),
    ]);
  }, 120_000);

  test.each(['read', 'load'])(
    'at a %s, by an instance that loses its connection and its lock and goes on beside another one, changes nothing',
    async (at) => {
      const crowd = people(5_000);
      const lobby = await backends.openLobby();
      await lobby.visit(crowd);
      lobby.start();
      let reached = false;
      const stubborn = lobby.instance((commands) =>
        watched(commands, async (when, what) => {
          if (reached || when !== 'after' || what !== at) return;
          reached = true;
          await backends.endDrawingConnection();
          expect(await lobby.instance().drawIfDue(lobby.eventId)).toBe(true);
          await lobby.visit(people(1));
        }),
      );
      expect(await stubborn.drawIfDue(lobby.eventId).catch(() => 'failed')).not.toBe(true);
      expect(reached).toBe(true);
      expect([...(await lobby.line())].slice(0, -1)).toEqual(expectedOrder(lobby.seed, crowd));
      expect(await lobby.exists('drawn')).toBe(0);
    },
  );

  test('by a loss of Redis after the order was stored keeps that order: each person has the place that they drew', async () => {
    const crowd = people(2_500);
    const lobby = await backends.openLobby();
    await lobby.visit(crowd);
    lobby.start();
    await lobby.visit(people(1));
    const { instance, isLost } = instanceLosingRedisAfter(lobby, 'load');
    await instance.drawIfDue(lobby.eventId);
    expect(isLost()).toBe(true);
    await lobby.hears();
    const before = await lobby.stored();
    const newcomers = people(3);
    await lobby.visit(newcomers);
    for (const each of [instance, lobby.instance()]) await each.drawIfDue(lobby.eventId);
    expect(await lobby.stored()).toEqual(before);

    const claims = new Map<string, string>();
    const shuffled = crowd.toSorted();
    for (const userId of shuffled) {
      const place = await instance.placeOf(lobby.eventId, userId);
      claims.set(userId, `T${place?.at}:${place?.sequence}`);
    }
    await lobby.visit(shuffled, claims);
    const line = [...(await lobby.line())];
    expect(line.slice(0, crowd.length)).toEqual(expectedOrder(lobby.seed, crowd));
    expect(line.slice(crowd.length).map(([userId]) => userId)).toEqual(newcomers);
  });

  test('by a loss of Redis before every instance knows of the order opens the lobby again, and the order holds', async () => {
    const [crowd, newcomers] = [people(2_500), people(3)];
    const lobby = await backends.openLobby();
    await lobby.visit(crowd);
    lobby.start();
    const { instance, isLost } = instanceLosingRedisAfter(lobby, 'load');
    await instance.drawIfDue(lobby.eventId);
    expect(isLost()).toBe(true);
    const { user_ids } = await lobby.stored();
    const standings = await lobby.visit([...newcomers, ...crowd.toSorted()]);
    expect(new Set(standings.map(({ state }) => state))).toEqual(new Set(['lobby']));
    await lobby.hears();
    lobby.reformed();
    for (const each of [instance, lobby.instance()]) await each.drawIfDue(lobby.eventId);
    expect((await lobby.stored()).user_ids).toEqual(user_ids);
    const line = [...(await lobby.line())];
    expect(line.slice(0, crowd.length)).toEqual(expectedOrder(lobby.seed, crowd));
    expect(new Set(line.slice(crowd.length).map(([userId]) => userId))).toEqual(new Set(newcomers));
  });

  test('by a loss of Redis while the lobby is read draws no part of it, but all of it when its people are back', async () => {
    const crowd = people(5_000);
    const lobby = await backends.openLobby();
    await lobby.visit(crowd);
    lobby.start();
    const { instance, isLost } = instanceLosingRedisAfter(lobby, 'read');
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    expect(isLost()).toBe(true);
    expect((await lobby.stored()).drawn_at).toBeNull();
    await lobby.visit(crowd.toSorted());
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    lobby.reformed();
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    expect([...(await lobby.line())]).toEqual(expectedOrder(lobby.seed, crowd));
  });
});
