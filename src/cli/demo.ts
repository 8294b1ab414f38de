import { once } from 'node:events';
import { createServer } from 'node:net';
import { openSale } from '../demo/sale.ts';

/*
 * `npm run demo`: the service with data of its own, and in it a sale that opens in a few seconds, with a crowd. Variables of the command
 * line count. Those of `.env` give way to the values below, so that a developer's database stays as it is.
 */
const FIRST_PORT = 3002;
const BUYERS = 1_000;

async function nextFreePort(port = FIRST_PORT): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return port;
  } catch {
    return await nextFreePort(port + 1);
  } finally {
    server.close();
  }
}

async function request<Answer>(origin: string, path: string, body: object): Promise<Answer> {
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

async function demo(): Promise<void> {
  const port = Number(process.env.PORT) || (await nextFreePort());
  const own = {
    DATA_DIR: '.data/demo',
    DATABASE_URL: '',
    DB_HOST: '',
    REDIS_URL: '',
    REDIS_HOST: '',
    REDIS_SENTINELS: '',
    REDIS_CLUSTER: '',
    LOG_LEVEL: 'warn',
    WEB: 'demo',
    WEB_CONSOLE: 'true',
  };
  for (const [name, value] of Object.entries(own)) process.env[name] ??= value;
  process.env.PORT = String(port);
  // Resolves when the service listens. It ends by Ctrl-C, as after `npm start`.
  await import('../server.ts');
  // The image has neither the SDK's dependencies nor a demo.
  const { createTiketiClient } = await import('../client/index.ts');

  const origin = `http://${process.env.HOST ?? '127.0.0.1'}:${port}`;
  const { token } = await request<{ token: string }>(origin, '/demo/token', { role: 'admin' });
  const { eventId, seats, opensAt } = await openSale(createTiketiClient({ baseUrl: origin, token }));
  await request(origin, '/demo/crowd', { eventId, buyers: BUYERS, speed: 1 });
  process.stdout.write(`
  A sale of ${seats} seats opens at ${opensAt.toLocaleTimeString('en-GB')}. ${BUYERS} simulated buyers come for them:

  Box office    ${origin}/events/${eventId}
  Control room  ${origin}/console/events/${eventId}
  Stop          Ctrl-C

`);
}

if (process.env.NODE_ENV === 'production') {
  process.stderr.write('No demo under NODE_ENV=production: its buyers pay with nothing\n');
  process.exitCode = 1;
} else {
  await demo().catch((error: Error) => {
    process.stderr.write(`The demo can't be shown: ${error.message}\n`);
    process.kill(process.pid, 'SIGTERM');
  });
}
