import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../../../src/errors/problem.ts';
import errors from '../../../src/plugins/http/error-handler.ts';
import requestLog from '../../../src/plugins/http/request-log.ts';

const MOST = 3;

let app: FastifyInstance;
/** The clock of Fastify and of the log, in ms. It stands still unless a test moves it. */
let clock = 1_000_000;
const lines: { method: string; url: string; status: number; ms: number }[] = [];

beforeAll(async () => {
  const logger: FastifyBaseLogger = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
  });
  await app.register(errors);
  await app.register(requestLog, { readsPerSecond: MOST });
  const publicly = { config: { auth: 'public' } } as const;
  app.get('/read', publicly, () => 'ok');
  app.get('/slow', publicly, () => {
    clock += 260;
    return 'late';
  });
  app.get('/refused', publicly, () => Promise.reject(new Problem('EVENT_NOT_FOUND')));
  app.post('/write', publicly, () => 'ok');
  app.get('/mine', { config: { auth: 'user' } }, () => 'ok');
  app.get('/probe', { config: { auth: 'public', unlogged: true } }, () => Promise.reject(new Error('x')));
  await app.ready();
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await app.close();
});
beforeEach(() => {
  clock += 1_000;
  lines.splice(0);
});

async function ask(method: 'GET' | 'HEAD' | 'POST', url: string, times = 10): Promise<void> {
  for (let sent = 0; sent < times; sent++) await app.inject({ method, url });
}

test('public reads that go well have a few lines a second', async () => {
  await ask('GET', '/read', 50);
  await ask('HEAD', '/read', 50);
  expect(lines).toHaveLength(MOST);
  clock += 1_000;
  await ask('GET', '/read?again');
  expect(lines).toHaveLength(2 * MOST);
  expect(lines.at(-1)).toMatchObject({ method: 'GET', url: '/read?again', status: 200 });
});

test.each([
  ['a refusal', 'GET', '/refused', 404],
  ['an unknown path', 'GET', '/nothing', 404],
  ['a request that may change something', 'POST', '/write', 200],
  ['a read of one user', 'GET', '/mine', 200],
  ['a slow read', 'GET', '/slow', 200],
] as const)('%s is always logged', async (_what, method, url, status) => {
  await ask('GET', '/read');
  lines.splice(0);
  await ask(method, url);
  expect(lines.map((line) => [line.method, line.url, line.status])).toEqual(
    Array.from({ length: 10 }, () => [method, url, status]),
  );
});

test('a probe has no line, but its errors have', async () => {
  await ask('GET', '/probe', 1);
  expect(lines).toEqual([expect.objectContaining({ msg: 'request failed' })]);
});
