import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jwt from '@fastify/jwt';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { developmentSecret } from '../../../src/config/development-secret.ts';

const command = join(import.meta.dirname, '../../../src/cli/token.ts');
const JWT_SECRET = 'Zk3v0pQ9sB7dXm1RwYt5uLhNaEoJcGfK';
const USER = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

let dataDirectory: string;
const app = Fastify();

beforeAll(async () => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'tiketi-token-'));
  await app.register(jwt, { secret: JWT_SECRET, verify: { algorithms: ['HS256'] } });
});
afterAll(async () => {
  await app.close();
  rmSync(dataDirectory, { recursive: true });
});

function token(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    env: { PATH, NODE_COMPILE_CACHE, JWT_SECRET, DATA_DIR: dataDirectory, ...environment },
  });
  return { stdout, stderr, status };
}

interface Payload {
  userId: string;
  role: string;
  iat: number;
  exp: number;
}

test('prints only a token that the service accepts', () => {
  const { stdout, stderr, status } = token(['--user', USER.toUpperCase(), '--role', 'admin', '--hours', '2']);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const payload = app.jwt.verify<Payload>(stdout.trim());
  expect(payload).toMatchObject({ userId: USER, role: 'admin' });
  expect(payload.exp - payload.iat).toBe(7_200);
  const header = JSON.parse(Buffer.from(stdout.split('.')[0] as string, 'base64url').toString());
  expect(header.alg).toBe('HS256');
});

test('without arguments prints a token of a new user', () => {
  const [first, second] = [token([]), token([])].map(({ stdout }) => app.jwt.verify<Payload>(stdout.trim()));
  expect(first).toMatchObject({ userId: expect.stringMatching(/^[0-9a-f-]{36}$/), role: 'user' });
  expect(second?.userId).not.toBe(first?.userId);
});

test('without JWT_SECRET it signs with the secret that DATA_DIR keeps for the service', async () => {
  const { stdout } = token([], { JWT_SECRET: '' });
  const service = Fastify();
  await service.register(jwt, { secret: developmentSecret(dataDirectory) });
  expect(service.jwt.verify<Payload>(stdout.trim()).role).toBe('user');
});

test.each([JWT_SECRET, ''])('refuses under NODE_ENV=production (JWT_SECRET=%s)', (secret) => {
  const { stdout, stderr, status } = token([], { JWT_SECRET: secret, NODE_ENV: 'production' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
  expect(stderr).toMatch(/^No tokens under NODE_ENV=production.*\n$/);
});

test.each([
  [['--user', 'me'], /--user is "me": expected a UUID/],
  [['--role', 'root'], /--role is "root": expected one of user, organizer, admin, service/],
  [['--hours', '0'], /--hours is "0": expected a whole number from 1 to 8760/],
  [['--hours', '1.5'], /--hours is "1.5"/],
  [['--hours', '9999'], /--hours is "9999"/],
  [['--rol', 'admin'], /--rol/],
  [['admin'], /admin/],
  [['--user'], /--user/],
])('refuses %j and shows the usage', (args, reason) => {
  const { stdout, stderr, status } = token(args);
  expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
  expect(stderr).toMatch(reason);
  expect(stderr).toContain('Usage: npm run -s token');
  expect(stderr).not.toContain('    at ');
});
