import { expect, test } from 'vitest';
import { WaitingRoom, type WaitingRoomOptions } from '../../../src/waiting-room/waiting-room.ts';

test('a user who has left is told so, even if the next user cannot be let in at this moment', async () => {
  const standstills: Error[] = [];
  const lost = new Error('Connection is closed.');
  const room = new WaitingRoom({
    visits: { leave: async () => ({ room: { now: 1 }, had: 'inside' }) },
    announcements: { left: () => undefined },
    ticker: { fill: () => Promise.reject(lost) },
    onStandstill: (error: Error) => void standstills.push(error),
  } as unknown as WaitingRoomOptions);
  await room.leave('event', 'user');
  expect(standstills).toEqual([lost]);
});
