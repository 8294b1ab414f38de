import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { PassThrough } from 'node:stream';
import Fastify, { LogController } from 'fastify';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../../../src/errors/catalogue.ts';
import { Problem } from '../../../src/errors/problem.ts';
import errors from '../../../src/plugins/http/error-handler.ts';
import requestLog from '../../../src/plugins/http/request-log.ts';
import validation from '../../../src/plugins/http/validation.ts';
import { expectProblem } from '../../contract/answers.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const lost = (headers: Record<string, string> = {}) => service.app.inject({ url: '/nothing/here', headers });

describe('the message', () => {
  test.each([
    [undefined, 'ko'],
    ['ko', 'ko'],
    ['en', 'en'],
    ['en-US,en;q=0.9', 'en'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
    ['en;q=0.5, ko;q=0.4', 'en'],
    ['fr, de', 'ko'],
    ['en;q=0', 'ko'],
    [';;;,,,=q', 'ko'],
  ] as const)('under Accept-Language %s is in %s, with the same code', async (language, expected) => {
    const answer = await lost(language === undefined ? {} : { 'accept-language': language });
    expect(expectProblem(answer)).toMatchObject({
      error: catalogue.ROUTE_NOT_FOUND[expected],
      code: 'ROUTE_NOT_FOUND',
    });
  });

  test.each(Object.entries(catalogue))('of %s exists in both languages', (_code, { ko, en }) => {
    expect(ko).toMatch(/[가-힣].*\.$/);
    expect(en).toMatch(/^[A-Z][ -~]+\.$/);
  });
});

describe('the id of a request', () => {
  test('is in the header and in the error', async () => {
    const answer = await lost();
    expect(answer.headers['x-request-id']).toBe(expectProblem(answer).requestId);
  });

  test('is the one that the caller sent', async () => {
    const id = randomUUID();
    expect(expectProblem(await lost({ 'x-request-id': id })).requestId).toBe(id);
  });

  test.each(['', 'a b', 'x'.repeat(65), '"}{', '한글', '<script>'])(
    'is a new one if the caller sent %j',
    async (id) => {
      const { requestId } = expectProblem(await lost({ 'x-request-id': id }));
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('is on successful answers as well', async () => {
    expect((await ask(service.app, { url: '/health' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an invalid value', () => {
  const reserve = async (payload: object) => {
    const url = '/api/v1/reservations';
    return (await ask(service.app, { method: 'POST', url, headers: service.as(), payload })).body;
  };

  test('is named by its path', async () => {
    const item = { ticketTypeId: randomUUID(), quantity: 1 };
    const { details } = await reserve({ eventId: randomUUID(), items: [item, { ...item, quantity: '2' }] });
    expect(details).toEqual([{ path: 'body/items/1/quantity', message: 'must be integer' }]);
  });

  test('is named if it is an unknown field', async () => {
    const { details } = await reserve({ eventId: randomUUID(), items: [], admin: true });
    expect(details).toEqual([{ path: 'body', message: 'must NOT have additional properties: admin' }]);
  });

  test('is named once if there are many', async () => {
    const wrong = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, index]));
    expect((await reserve(wrong)).details).toHaveLength(1);
  });
});

describe('an unexpected error', () => {
  test('is answered 500 without any detail', async () => {
    await sql`ALTER TABLE reservations RENAME TO mislaid`.execute(service.db);
    const answer = await service.app.inject({ url: '/api/v1/reservations/my', headers: service.as() });
    await sql`ALTER TABLE mislaid RENAME TO reservations`.execute(service.db);
    expect(answer.statusCode).toBe(500);
    expect(expectProblem(answer)).toEqual({
      error: catalogue.INTERNAL_ERROR.ko,
      code: 'INTERNAL_ERROR',
      requestId: answer.headers['x-request-id'],
    });
  });
});

describe('a request that is answered 503', () => {
  const diskFull = Object.assign(new Error('could not extend file'), { code: '53100' });
  const corrupt = Object.assign(new Error('invalid page'), { code: 'XX001' });
  test.each([
    ['the error of a dependency', diskFull, 'SERVICE_UNAVAILABLE', '53100 could not extend file', 0],
    ['too much to do', new Problem('SERVICE_UNAVAILABLE'), 'SERVICE_UNAVAILABLE', 'overload', 0],
    [
      'a commit in doubt after corrupt data',
      new Problem('SERVICE_UNAVAILABLE', { cause: corrupt }),
      'SERVICE_UNAVAILABLE',
      'XX001 invalid page',
      1,
    ],
    ['any other error', corrupt, 'INTERNAL_ERROR', undefined, 1],
  ])('or 500 for %s says why in its own line', async (_what, error, code, reason, errorLines) => {
    const lines: { level: number; msg: string; unavailable?: string }[] = [];
    const app = Fastify({
      loggerInstance: pino({}, { write: (line) => void lines.push(JSON.parse(line)) }),
      logController: new LogController({ disableRequestLogging: true }),
    });
    await app.register(errors);
    await app.register(requestLog, { readsPerSecond: 100 });
    app.get('/', () => Promise.reject(error));
    expect((await app.inject({ url: '/' })).json().code).toBe(code);
    expect(lines.filter(({ level }) => level >= 50)).toHaveLength(errorLines);
    expect(lines.find(({ msg }) => msg === 'request')?.unavailable).toBe(reason);
    await app.close();
  });
});

describe('a connection', () => {
  test('that sends its request too slowly gets 408 in the form of every other error', async () => {
    const socket = new PassThrough();
    service.app.server.emit('clientError', failureOf('ERR_HTTP_REQUEST_TIMEOUT'), socket);
    const [head, body = ''] = String(socket.read()).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect(expectProblem({ statusCode: 408, headers, body }).code).toBe('REQUEST_TIMEOUT');
    expect(socket.destroyed).toBe(true);
  });

  test('that is closed is not answered', () => {
    const socket = new PassThrough().destroy();
    expect(() => service.app.server.emit('clientError', failureOf('ECONNRESET'), socket)).not.toThrow();
  });

  test('that breaks during a body is not logged as an error', async () => {
    const lines: string[] = [];
    const app = Fastify({
      loggerInstance: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }),
    });
    await app.register(errors);
    await app.register(validation);
    const seen: string[] = [];
    app.addHook('onError', async (_request, _reply, error) => void seen.push(error.message));
    app.post('/', () => 'ok');
    const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));

    const headers = { 'content-type': 'application/json', 'content-length': '100' };
    const half = request(url, { method: 'POST', headers, agent: false });
    half.on('error', () => {});
    half.write('{"half":');
    await eventually(() => expect(half.socket?.bytesWritten).toBeGreaterThan(8));
    half.destroy();
    await eventually(() => expect(seen).toHaveLength(1));
    expect(lines).toEqual([]);
    await app.close();
  });

  const failureOf = (code: string) => Object.assign(new Error('x'), { code });
});
