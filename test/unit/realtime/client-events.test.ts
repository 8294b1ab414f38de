import Fastify from 'fastify';
import fp from 'fastify-plugin';
import { expect, test } from 'vitest';
import { clientEventSchemas } from '../../../src/contract/socket.ts';
import clientEvents from '../../../src/realtime/client-events.ts';

async function appHandling(names: string[]) {
  const app = Fastify();
  app.decorate('io', { use: () => undefined, on: () => undefined } as never);
  await app.register(fp(async () => undefined, { name: 'auth' }));
  await app.register(fp(async () => undefined, { name: 'realtime' }));
  await app.register(clientEvents);
  app.handleClientEvents(Object.fromEntries(names.map((name) => [name, () => undefined])));
  return app;
}

test('the service starts only when every event of the contract has a handler', async () => {
  const names = Object.keys(clientEventSchemas);
  await using complete = await appHandling(names);
  await complete.ready();

  await using incomplete = await appHandling(names.slice(1));
  await expect(incomplete.ready()).rejects.toThrow(`no handler for ${names[0]}`);
});
