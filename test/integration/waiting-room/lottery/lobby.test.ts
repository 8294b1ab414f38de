import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Commands } from '../../../../src/waiting-room/redis/commands.ts';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';

onEachRedis('a lobby', ({ open, clients, crowd, isReal }) => {
  /** The lobby opens in one minute, and the sale starts in ten. */
  function opening(threshold = 2) {
    const room = open({ threshold });
    room.rules.lobbyOpensAt = room.now() + 60_000;
    room.rules.startsAt = room.now() + 600_000;
    return room;
  }
  async function lobbyOf(commands: Commands, eventId: string): Promise<string[][]> {
    const parts: string[][] = [];
    for await (const part of commands.lobby(eventId)) parts.push(part);
    return parts;
  }

  test('counts nobody before it opens, gives no positions, and lets in nobody before the start', async () => {
    const room = opening();
    const [a, b] = people(2) as [string, string];
    for (const mode of ['check', 'enter', 'status'] as const)
      expect(await room.visit(mode, a)).toMatchObject({ state: 'outside', room: { phase: 'early' } });
    expect((await room.look()).ends).toEqual({});
    await room.timePasses(90);
    expect((await room.visit('enter', a)).state).toBe('outside');
    expect((await room.visit('status', a)).state).toBe('outside');
    for (const joined of [true, false])
      expect(await room.visit('check', a)).toMatchObject({
        state: 'lobby',
        position: 0,
        sequence: 0,
        joined,
        room: { phase: 'lobby', queueSize: 1, inside: 0 },
      });
    // The time until the start, by the clock of Redis.
    const { estimatedWait, estimatedWaitRange } = await room.visit('check', b);
    expect(Math.abs(estimatedWait - 510)).toBeLessThan(3);
    expect(estimatedWaitRange).toEqual({ min: estimatedWait, max: estimatedWait });
    expect((await room.commands.admit(room.eventId)).admitted).toEqual([]);
    expect(await room.commands.close(room.eventId)).toBe('lobby');
    expect(await room.commands.draw(room.eventId)).toBe(0);
    expect((await room.look()).lobby.sort()).toEqual([a, b].sort());
  });

  test('loses the people who leave or fall silent', async () => {
    const room = opening();
    await room.timePasses(90);
    const [a, b, c] = people(3) as [string, string, string];
    await room.visitAll('check', [a, b, c]);
    expect((await room.commands.leave(room.eventId, { userId: a })).had).toBe('lobby');
    await room.goesOn(200, [b]);
    await room.goesOn(150, [b]);
    expect((await room.look()).lobby).toEqual([b]);
    expect((await room.visit('status', c)).state).toBe('outside');
  });

  test('is drawn once and as a whole, by any instance, and later arrivals stand behind it', async () => {
    const room = opening();
    const other = room.instance({ redis: clients()[1] });
    const { commands, eventId } = room;
    await room.timePasses(90);
    const lobby = people(crowd);
    await room.visitAll('check', lobby);
    await room.goesOn(550, lobby);
    expect(await commands.close(eventId)).toBe('drawing');
    const late = randomUUID();
    const waiting = { state: 'waiting', position: crowd + 1, sequence: crowd + 1 };
    expect(await room.visit('check', late)).toMatchObject({ ...waiting, room: { queueSize: crowd + 1 } });
    expect((await room.visit('enter', randomUUID())).position).toBe(crowd + 2);
    expect((await commands.admit(eventId)).admitted).toEqual([]);

    const found = (await lobbyOf(other, eventId)).flat();
    expect(found.toSorted()).toEqual(lobby.toSorted());
    const order = found.toSorted();
    // The first instance dies in the middle of loading.
    await other.load(eventId, 1, order.slice(10, 30));
    await commands.load(eventId, 1, order.slice(0, 40));
    const [gone] = order.slice(4) as [string];
    await commands.leave(eventId, { userId: gone });
    expect((await room.visit('status', order[0] as string)).state).toBe('lobby');
    await commands.load(eventId, 41, order.slice(40));
    expect(await commands.draw(eventId)).toBe(crowd - 1);
    expect(await other.draw(eventId)).toBe(0);
    await commands.load(eventId, 1, order);
    expect(await commands.draw(eventId)).toBe(0);

    expect(await commands.close(eventId)).toBe('open');
    const { line, lobby: left, ends } = await room.look();
    expect(left).toEqual([]);
    expect(ends).not.toHaveProperty('drawn');
    const places = order.map((userId, index) => ({ userId, sequence: index + 1 }));
    expect(line).toEqual([
      ...places.filter(({ userId }) => userId !== gone),
      { userId: late, sequence: crowd + 1 },
    ]);
    expect((await commands.admit(eventId)).admitted.map(({ userId }) => userId)).toEqual(order.slice(0, 2));
  });

  test.runIf(isReal)('is read in parts, each user once', async () => {
    const room = opening();
    await room.timePasses(90);
    const lobby = people(12_000);
    await room.visitAll('check', lobby);
    const parts = await lobbyOf(room.commands, room.eventId);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flat().toSorted()).toEqual(lobby.toSorted());
  });

  test('that is given up becomes a line of the people in contact, and silence ends the places of the others', async () => {
    const room = opening(1);
    await room.timePasses(90);
    const [a, b, c, silent] = people(4) as [string, string, string, string];
    await room.visitAll('check', [silent, a, b, c]);
    room.rules.lobbyOpensAt = undefined;
    room.rules.startsAt = undefined;
    expect((await room.visit('status', b)).state).toBe('inside');
    expect(await room.visit('status', a)).toMatchObject({ state: 'waiting', position: 1, joined: true });
    expect(await room.visit('enter', c)).toMatchObject({ state: 'waiting', position: 2, joined: true });
    await room.goesOn(310, [a, b, c]);
    expect(await room.look()).toMatchObject({ lobby: [], line: [{ userId: a }, { userId: c }] });
    expect((await room.visit('status', silent)).state).toBe('outside');
  });

  test('that Redis loses fills again with the people who show that they were in it, and is drawn', async () => {
    const room = opening();
    await room.timePasses(90);
    const [a, b] = people(2) as [string, string];
    await room.visitAll('check', [a, b]);
    const at = room.now();
    await room.goesOn(20);
    await room.flush();
    expect(await room.visit('status', a, `T${at}:0`)).toMatchObject({
      state: 'lobby',
      joined: false,
      room: { reformed: true, phase: 'lobby' },
    });
    expect((await room.visit('check', b)).state).toBe('lobby');
    await room.goesOn(530, [a, b]);
    await room.commands.load(room.eventId, 1, [b, a]);
    expect(await room.commands.draw(room.eventId)).toBe(2);
    expect((await room.look()).line).toEqual([
      { userId: b, sequence: 1 },
      { userId: a, sequence: 2 },
    ]);
  });
});
