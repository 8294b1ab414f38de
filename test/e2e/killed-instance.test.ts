import { expect, test } from 'vitest';
import { seedEvent } from '../support/events.ts';
import { eventually } from '../support/wait.ts';
import { useServerProcesses } from './server-processes.ts';

const servers = useServerProcesses();

test('after a kill of one of two instances its acknowledged sales are kept, the other sells on, and its visitors are no longer counted', async () => {
  const { eventId, ticketTypeIds } = await seedEvent(servers.db, { stock: [100_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const [victim, survivor] = await Promise.all([servers.start(), servers.start()]);
  const [lost, stays] = [await servers.connect(victim.origin), await servers.connect(survivor.origin)];
  for (const { send } of [lost, stays]) await send('join-event', { eventId });
  await stays.hears('room-info', { eventId, userCount: 2 });

  const acknowledged: string[] = [];
  let dead = false;
  const buyForEver = async (origin: string, goesOn: () => boolean) => {
    while (goesOn()) {
      const { id, status } = await servers.buy(origin, eventId, ticketTypeId);
      expect(status).toBe(201);
      if (id) acknowledged.push(id);
    }
  };
  // Only the lost connection ends these buyers. Any answer but 201 fails the test.
  const connectionLost = (error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
  };
  const atVictim = Promise.all(
    Array.from({ length: 8 }, () => buyForEver(victim.origin, () => true).catch(connectionLost)),
  );
  const atSurvivor = Array.from({ length: 4 }, () => buyForEver(survivor.origin, () => !dead));
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(100), { timeout: 15_000 });
  lost.socket.io.reconnection(false);
  await victim.end('SIGKILL');
  await atVictim;
  const until = acknowledged.length + 20;
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(until));
  dead = true;
  await Promise.all(atSurvivor);
  expect(await servers.found(acknowledged)).toBe(acknowledged.length);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  await stays.hears('room-info', { eventId, userCount: 1 }, 16_000);
}, 40_000);
