import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import fp from 'fastify-plugin';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Workers } from '../../../src/cluster/workers.ts';
import closing from '../../../src/plugins/http/graceful-close.ts';
import { eventually } from '../../support/wait.ts';

/* All workers close before one of them says `connection: close`: the primary waits for all, and each worker for the primary. */

test('workers hear that all have closed when the last one has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiketi-workers-'));
  const log = join(folder, 'log');
  const workers = new Workers({
    program: join(import.meta.dirname, 'closing-worker.ts'),
    count: 2,
    environment: { LOG: log },
    delayMs: 0,
    log: pino({ level: 'silent' }),
    onFailure: () => undefined,
  });
  await workers.start();
  await workers.close();
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  expect(lines.slice(0, 2).sort()).toEqual(['1 closed', '2 closed']);
  expect(lines.slice(2).sort()).toEqual(['1 heard', '2 heard']);
  rmSync(folder, { recursive: true });
});

test('a worker that takes no new connections says so on its open ones when all others take none either', async () => {
  const others = Promise.withResolvers<void>();
  const app = Fastify({ return503OnClosing: false });
  await app.register(
    fp(async (app) => void app.decorate('peers', { closed: () => others.promise } as never), {
      name: 'peers',
    }),
  );
  await app.register(closing);
  app.get('/', () => 'answered');
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });

  const open = new Agent({ keepAlive: true, maxSockets: 1 });
  const connectionSaid = (agent: Agent) =>
    new Promise<string | undefined>((resolve, reject) => {
      get(origin, { agent }, (answer: IncomingMessage) => {
        answer.resume().once('end', () => resolve(answer.headers.connection));
      }).once('error', reject);
    });
  expect(await connectionSaid(open)).toBe('keep-alive');
  const closed = app.close();
  await eventually(() => expect(connectionSaid(new Agent())).rejects.toThrow('ECONNREFUSED'));
  expect(await connectionSaid(open)).toBe('keep-alive');
  others.resolve();
  await eventually(async () => expect(await connectionSaid(open)).toBe('close'));
  await closed;
  open.destroy();
});
