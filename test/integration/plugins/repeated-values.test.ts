import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../../src/contract/routes.ts';
import { expectProblem } from '../../contract/answers.ts';
import { type Service, startService } from '../../support/service.ts';
import { sendRaw } from '../hostile/wire.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const raw = (request: string, headers: string[], payload = '') => {
  const host = headers.some((line) => /^host:/i.test(line)) ? [] : ['Host: x'];
  const length = payload === '' ? [] : [`Content-Length: ${Buffer.byteLength(payload)}`];
  return sendRaw(service, [`${request} HTTP/1.1`, ...host, ...headers, ...length, '', payload].join('\r\n'));
};

describe('a header that a request has once', () => {
  test.each([
    ['Authorization', () => [`Bearer ${service.token()}`, `Bearer ${service.token()}`]],
    ['Content-Type', () => ['application/json', 'text/plain']],
    ['Host', () => ['a.example', 'b.example']],
    ['Idempotency-Key', () => [randomUUID(), randomUUID()]],
    ['Idempotency-Key', () => ['the-same', 'the-same']],
    ['X-Queue-Pass', () => ['one', 'other']],
    ['X-Queue-Ticket', () => ['one', 'other']],
  ] as const)('is refused when it comes twice: %s', async (name, values) => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    const [one, other] = values();
    const rest = {
      Authorization: `Bearer ${service.token()}`,
      'Content-Type': 'application/json',
      Origin: 'http://localhost:3000',
    };
    const others = Object.entries(rest).filter(([header]) => header !== name);
    const lines = [...others.map(([header, value]) => `${header}: ${value}`)];
    // Names of headers have no case.
    lines.push(`${name}: ${one}`, `${name.toUpperCase()}: ${other}`);
    const answer = await raw('POST /api/v1/seats/reserve', lines, JSON.stringify({ eventId, seatIds }));
    expect(answer.statusCode).toBe(400);
    expect(expectProblem(answer)).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: [{ path: `headers/${name.toLowerCase()}`, message: 'must be sent once' }],
    });
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    const seats = service.db.selectFrom('seats').select('status').where('event_id', '=', eventId);
    expect(await seats.execute()).toEqual([{ status: 'available' }]);
  });
});

test('two ids for one request are replaced by a new one', async () => {
  const { headers } = await raw('GET /health', ['X-Request-Id: one', 'X-Request-Id: other']);
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('headers that are lists may be repeated', async () => {
  const { headers } = await raw('GET /api/v1/seats/layouts', []);
  const known = [`If-None-Match: "another"`, `If-None-Match: ${headers.etag}`];
  const answers = await Promise.all([
    service.app.inject({ url: '/api/v1/seats/layouts', headers: { 'if-none-match': String(headers.etag) } }),
    raw('HEAD /api/v1/seats/layouts', known),
  ]);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([304, 304]);
  const lost = await raw('GET /nothing', ['Accept-Language: ko;q=0.5', 'Accept-Language: en']);
  expect(expectProblem(lost).error).toMatch(/^[ -~]+$/);
});

describe('a query parameter', () => {
  /** What an operation requires beside the parameter that is repeated. */
  const required: Record<string, Record<string, string>> = {
    '/api/v1/admin/events/:id/sales/series': { by: 'hour' },
    '/api/v1/admin/layouts/csv': { name: 'hall' },
  };
  const parameters = Object.values(routes).flatMap(({ method, url, schema, config }) => {
    const { querystring } = schema as { querystring?: { properties?: object } };
    return Object.keys(querystring?.properties ?? {}).map(
      (name) => [url, name, method, config.auth] as const,
    );
  });

  test('exists in several operations', () => expect(parameters.length).toBeGreaterThan(5));

  test.each(parameters)('of %s is refused when it comes twice: %s', async (url, name, method, auth) => {
    const token = service.token({ role: auth === 'public' ? 'user' : auth });
    for (const [one, other] of [
      ['1', '2'],
      ['1', '1'],
    ] as const) {
      const path = url.replace(/:\w+/, '75f3dcb8-aa52-47f6-b714-66c6f2f93aae');
      const lines = [`Authorization: Bearer ${token}`];
      if (method === 'POST') lines.push('Content-Type: text/csv');
      const query = new URLSearchParams(required[url]);
      query.delete(name);
      for (const value of [one, other]) query.append(name, value);
      const answer = await raw(`${method} ${path}?${query}`, lines, method === 'POST' ? 'csv' : undefined);
      expect(answer.statusCode).toBe(400);
      expect(expectProblem(answer)).toMatchObject({
        code: 'VALIDATION_FAILED',
        details: [
          { path: `querystring/${name}`, message: expect.stringMatching(/^must be (string|integer)/) },
        ],
      });
    }
  });
});
