import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyLotteryPlace } from '../../../../src/client/index.ts';
import { createMockRedis } from '../../../../src/embedded/redis/mock-redis.ts';
import type { LotteryCommands } from '../../../../src/waiting-room/lottery/lottery.ts';
import {
  expectedOrder,
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

describe('the lottery', () => {
  test('draws once, however many instances try, and everybody can verify their place', async () => {
    const crowd = people(20_000);
    const lobby = await backends.openLobby();
    await lobby.visit(crowd);
    lobby.start();
    const placed: number[] = [];
    const counted = (commands: LotteryCommands): LotteryCommands => ({
      ...commands,
      async draw(eventId) {
        const count = await commands.draw(eventId);
        placed.push(count);
        return count;
      },
    });
    const instances = [lobby.instance(counted), lobby.instance(counted), lobby.instance(counted)];
    const drew: boolean[] = [];
    for (let round = 0; round < 3; round++)
      drew.push(...(await Promise.all(instances.map((each) => each.drawIfDue(lobby.eventId)))));

    expect(drew.filter(Boolean)).toHaveLength(1);
    expect(placed.filter((count) => count > 0)).toEqual([crowd.length]);
    expect([...(await lobby.line())]).toEqual(expectedOrder(lobby.seed, crowd));
    expect(await lobby.exists('lobby')).toBe(0);
    expect(await lobby.exists('drawn')).toBe(0);

    const [lottery, order] = await Promise.all([
      instances[1]?.describe(lobby.eventId),
      instances[2]?.order(lobby.eventId),
    ]);
    expect(lottery).toMatchObject({ state: 'drawn', entries: crowd.length });
    for (const userId of crowd.slice(0, 20)) {
      const [standing] = await lobby.visit([userId]);
      const sequence = standing?.sequence ?? 0;
      expect(await instances[0]?.placeOf(lobby.eventId, userId)).toMatchObject({ sequence });
      const place = { userId, sequence, lottery: lottery as never, order: order as never };
      expect(await verifyLotteryPlace(place)).toMatchObject({ valid: true, problems: [] });
    }
    expect(await instances[0]?.placeOf(lobby.eventId, randomUUID())).toBeUndefined();
  });

  test('is left to the instance that is drawing', async () => {
    const lobby = await backends.openLobby();
    await lobby.visit(people(10));
    lobby.start();
    const idle = lobby.instance();
    const meanwhile: boolean[] = [];
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        if (when === 'before' && ['read', 'load', 'draw'].includes(what))
          meanwhile.push(await idle.drawIfDue(lobby.eventId));
      }),
    );
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    expect(meanwhile).toEqual([false, false, false]);
  });

  test('puts late arrivals behind the drawn order, first come, first served', async () => {
    const [early, during, after] = [people(500), people(50), people(50)];
    const lobby = await backends.openLobby();
    await lobby.visit(early);
    lobby.start();
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        if (when === 'before' && what === 'load') await lobby.visit(during);
      }),
    );
    const [tooLate] = await lobby.visit([randomUUID()]);
    expect(tooLate).toMatchObject({ state: 'waiting', sequence: early.length + 1 });
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    await lobby.visit(after);
    const line = [...(await lobby.line()).keys()];
    expect(line.slice(0, early.length)).toEqual(expectedOrder(lobby.seed, early).map(([userId]) => userId));
    expect(line.slice(early.length + 1)).toEqual([...during, ...after]);
  });

  test('gives no place to people who left, and the others keep theirs', async () => {
    const crowd = people(300);
    const [early, unloaded, loaded] = crowd as [string, string, string];
    const lobby = await backends.openLobby();
    await lobby.visit(crowd);
    await lobby.commands.leave(lobby.eventId, { userId: early });
    lobby.start();
    const instance = lobby.instance((commands) =>
      watched(commands, async (when, what) => {
        const leaver = when === 'before' && { load: unloaded, draw: loaded }[what];
        if (leaver) await lobby.commands.leave(lobby.eventId, { userId: leaver });
      }),
    );
    expect(await instance.drawIfDue(lobby.eventId)).toBe(true);
    const drawn = expectedOrder(lobby.seed, crowd.slice(1));
    const left = drawn.filter(([userId]) => userId !== unloaded && userId !== loaded);
    expect([...(await lobby.line())]).toEqual(left);
    expect((await lobby.stored()).entries).toBe(drawn.length);
  });

  test('does nothing before the start of the sale', async () => {
    const lobby = await backends.openLobby();
    const instance = lobby.instance();
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    await lobby.visit(people(3));
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    expect((await lobby.stored()).drawn_at).toBeNull();
    expect(await lobby.exists('lobby')).toBe(1);
  });

  test('of an empty lobby ends too, once both clocks are past the start', async () => {
    const lobby = await backends.openLobby();
    const saleStarts = (days: number) =>
      backends.db
        .updateTable('events')
        .set({ sale_start_date: new Date(Date.now() + days * 86_400_000) })
        .where('id', '=', lobby.eventId)
        .execute();
    lobby.start();
    await saleStarts(1);
    await lobby.instance().drawIfDue(lobby.eventId);
    expect((await lobby.stored()).drawn_at).toBeNull();
    await saleStarts(-1);
    const instance = lobby.instance();
    expect(await instance.drawIfDue(lobby.eventId)).toBe(false);
    expect(await instance.describe(lobby.eventId)).toMatchObject({ state: 'drawn', entries: 0 });
    expect(await instance.order(lobby.eventId)).toMatchObject({ entries: 0, numbers: [] });
    expect(await lobby.visit(people(1))).toMatchObject([{ state: 'waiting', sequence: 1 }]);
  });

  test('is drawn in the Redis inside the process too', async () => {
    const crowd = people(40);
    const lobby = await backends.openLobby({ connect: createMockRedis });
    await lobby.visit(crowd);
    lobby.start();
    const late = people(3);
    await lobby.visit(late);
    expect(await lobby.instance().drawIfDue(lobby.eventId)).toBe(true);
    const line = [...expectedOrder(lobby.seed, crowd), ...late.map((userId, index) => [userId, 41 + index])];
    expect([...(await lobby.line())]).toEqual(line);
  });
});
