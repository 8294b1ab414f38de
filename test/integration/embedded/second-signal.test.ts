import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { isRunning } from '../../../src/embedded/process/process-identity.ts';
import { startServer } from '../../support/server-process.ts';
import { eventually } from '../../support/wait.ts';
import { hasRedis, test } from './sandbox.ts';

test('a second signal ends the requests in progress, and the embedded servers in order', async ({
  sandbox,
}) => {
  // Without hosts, the service starts PostgreSQL and Redis of its own.
  const server = await startServer(
    { host: '', port: 5432, database: 'x', user: 'x', password: 'x', ssl: 'off', poolSize: 20 },
    { host: '', port: 6379 },
    { DATA_DIR: sandbox.dataDirectory },
  );
  sandbox.atEnd(() => server.process.kill('SIGKILL'));
  expect(sandbox.servers().filter(isRunning)).toHaveLength(hasRedis ? 2 : 1);

  // A request that never arrives whole would keep the service for 8 seconds.
  const { hostname, port } = new URL(server.origin);
  const half = connect(Number(port), hostname).on('error', () => undefined);
  await once(half, 'connect');
  half.write('GET /health HTTP/1.1\r\n');
  const ended = server.end('SIGINT');
  await eventually(() => expect(fetch(`${server.origin}/health`)).rejects.toThrow());
  server.process.kill('SIGTERM');
  const { code, ms } = await ended;
  half.destroy();
  expect(code).toBe(1);
  expect(ms).toBeLessThan(6_000);
  expect(sandbox.servers().filter(isRunning)).toEqual([]);
});
