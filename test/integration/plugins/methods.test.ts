import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../../src/contract/routes.ts';
import { type Answer, expectProblem } from '../../contract/answers.ts';
import { type Service, startService } from '../../support/service.ts';
import { send, sendRaw } from '../hostile/wire.ts';

let service: Service;
let eventId: string;
let ticketTypeId: string;

beforeAll(async () => {
  service = await startService();
  const seeded = await service.seedEvent({ seats: 3, stock: [3] });
  eventId = seeded.eventId;
  ticketTypeId = seeded.ticketTypeIds[0] as string;
});
afterAll(() => service.stop());

const raw = (method: string, target: string, ...headers: string[]) =>
  sendRaw(service, [`${method} ${target} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n'));

/** The path of a route, with ids that exist for events and ticket types. */
const pathOf = (url: string) => url.replace(':ticketTypeId', ticketTypeId).replace(/:\w+/, eventId);

const paths = new Set(Object.values(routes).map(({ url }) => url));

describe.each([...paths])('%s', (url) => {
  // A path may also be one of another route with an id in its place.
  const methods: string[] = Object.values(routes)
    .filter((route) => new RegExp(`^${route.url.replaceAll(/:\w+/g, '[^/]+')}$`).test(url))
    .map(({ method }) => method);
  const allowed = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
    (method) => methods.includes(method === 'HEAD' ? 'GET' : method) || method === 'OPTIONS',
  );

  test.each(['', '/'])('tells its methods to OPTIONS%s', async (slash) => {
    const { statusCode, headers, body } = await raw('OPTIONS', `${pathOf(url)}${slash}`);
    expect([statusCode, headers.allow, body]).toEqual([204, allowed.join(', '), '']);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('answers 405 to every other method', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY', 'PROPFIND']) {
      if (allowed.includes(method)) continue;
      const answer = await raw(method, `${pathOf(url)}?limit=1`);
      expect([method, answer.statusCode, answer.headers.allow]).toEqual([method, 405, allowed.join(', ')]);
      if (method === 'HEAD') expect(answer.body).toBe('');
      else expect(expectProblem(answer).code).toBe('METHOD_NOT_ALLOWED');
    }
  });
});

describe('HEAD', () => {
  // A stream has no end: see the test of the streams.
  const gets = Object.values(routes).filter(
    ({ method, config }) => method === 'GET' && config.operationId !== 'streamEvent',
  );
  const other = [
    '/',
    '/docs',
    '/docs/json',
    '/docs/asyncapi.yaml',
    '/docs/static/swagger-ui.css',
    '/nothing',
  ];
  /** These differ from one request to the next. */
  const VOLATILE = ['date', 'x-request-id', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
  const withoutVolatile = ({ headers, statusCode }: Answer) => {
    const kept = Object.entries(headers).map(([name, value]) => [name, VOLATILE.includes(name) || value]);
    return { statusCode, ...Object.fromEntries(kept) };
  };

  test.each([...gets.map(({ url }) => url), ...other])('of %s is GET without a body', async (url) => {
    const cases = [{}, service.as(), { 'if-none-match': '*' }, { accept: 'text/html' }];
    for (const headers of cases) {
      const ask = (method: string) =>
        send(service, { method, url: pathOf(url), headers: headers as Record<string, string> });
      const [get, head] = [await ask('GET'), await ask('HEAD')];
      expect(head.body).toBe('');
      // The latency and the counters in these bodies change.
      const skip = /^\/(health|metrics)/.test(url) ? { 'content-length': expect.any(String) } : {};
      expect({ ...withoutVolatile(head), ...skip }).toEqual({ ...withoutVolatile(get), ...skip });
    }
  });
});

test('OPTIONS of the server as a whole lists all of its methods', async () => {
  const { statusCode, headers } = await raw('OPTIONS', '*');
  expect([statusCode, headers.allow]).toEqual([204, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']);
});

test.each(['OPTIONS', 'DELETE', 'GET'])('%s of an unknown path is a 404 without Allow', async (method) => {
  const answer = await raw(method, '/nothing/here');
  expect(expectProblem(answer).code).toBe('ROUTE_NOT_FOUND');
  expect([answer.statusCode, answer.headers.allow]).toEqual([404, undefined]);
});

test('a file that does not exist is a 404, though its path has the method', async () => {
  expect((await raw('GET', '/docs/static/nothing.js')).statusCode).toBe(404);
  expect((await raw('POST', '/docs/static/nothing.js')).statusCode).toBe(405);
});

describe('a slash at the end', () => {
  test.each(['/health', '/health/ready', '/metrics', '/api/v1/events', '/docs', '/docs/json'])(
    '%s/ is the same address',
    async (path) => {
      const [without, withSlash] = [await raw('GET', path), await raw('GET', `${path}/`)];
      expect([withSlash.statusCode, withSlash.headers['content-type']]).toEqual([
        200,
        without.headers['content-type'],
      ]);
    },
  );

  test('is the same address before a query and after an id, and for POST', async () => {
    expect((await raw('GET', '/api/v1/events/?limit=1')).statusCode).toBe(200);
    expect(JSON.parse((await raw('GET', `/api/v1/events/${eventId}/`)).body).event.id).toBe(eventId);
    const { authorization } = service.as();
    const check = await raw('POST', `/api/v1/queue/check/${eventId}/`, `Authorization: ${authorization}`);
    expect(check.statusCode).toBe(200);
  });

  test('counts under the same route in the metrics', async () => {
    await raw('GET', '/api/v1/seats/layouts/');
    const { body } = await raw('GET', '/metrics');
    expect(body).toMatch(/route="\/api\/v1\/seats\/layouts",status="200"/);
    expect(body).not.toMatch(/route="[^"]+\/",/);
  });

  test.each(['/health//', '/api/v1/seats/events/'])('does not make %s an address', async (path) => {
    expect((await raw('GET', path)).statusCode).toBe(404);
  });
});
