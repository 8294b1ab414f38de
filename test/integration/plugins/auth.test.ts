import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../../src/contract/routes.ts';
import auth from '../../../src/plugins/auth.ts';
import errors from '../../../src/plugins/http/error-handler.ts';
import { forge, inSeconds, unsigned } from '../../contract/tokens.ts';
import { apiOf, ask, tally } from '../../support/http.ts';
import { SECRET, type Service, startService } from '../../support/service.ts';

let service: Service;
let eventId: string;

beforeAll(async () => {
  service = await startService();
  ({ eventId } = await service.seedEvent({ seats: 10, stock: [10] }));
});
afterAll(() => service.stop());

const userId = randomUUID();
const good = (claims: object = {}) => ({ userId, exp: inSeconds(60), ...claims });

async function resultOf(authorization: string | undefined, url = '/api/v1/reservations/my') {
  const { status, body } = await ask(service.app, {
    url,
    headers: authorization === undefined ? {} : { authorization },
  });
  return `${status} ${body.code ?? 'ok'}`;
}

const foreign = { secret: 'another secret of the same length as ours, which is 64 characters' };
const as = (header: object) => ({ header });

/** Each is 401 and never 403, since existing clients sign in again on 401 only. */
const refused: [string, () => string | undefined, string][] = [
  ['no header', () => undefined, 'UNAUTHENTICATED'],
  ['an empty header', () => '', 'UNAUTHENTICATED'],
  ['another scheme', () => 'Basic dXNlcjpwYXNz', 'UNAUTHENTICATED'],
  ['an unknown scheme before a good token', () => `Nonsense ${forge(good())}`, 'UNAUTHENTICATED'],
  ['a good token without a scheme', () => forge(good()), 'UNAUTHENTICATED'],
  ['a scheme and no token', () => 'Bearer ', 'TOKEN_INVALID'],
  ['something that is not a token', () => 'Bearer garbage', 'TOKEN_INVALID'],
  ['three dots', () => 'Bearer a.b.c', 'TOKEN_INVALID'],
  ['a good token and more', () => `Bearer ${forge(good())} more`, 'TOKEN_INVALID'],
  ['a token that has expired', () => `Bearer ${forge(good({ exp: inSeconds(-1) }))}`, 'TOKEN_EXPIRED'],
  ['a token of another secret', () => `Bearer ${forge(good(), foreign)}`, 'TOKEN_INVALID'],
  ['an expired token of another secret', () => `Bearer ${forge(good({ exp: 1 }), foreign)}`, 'TOKEN_INVALID'],
  ['a token of an empty secret', () => `Bearer ${forge(good(), { secret: '' })}`, 'TOKEN_INVALID'],
  ['alg none', () => `Bearer ${unsigned(good())}`, 'TOKEN_INVALID'],
  ['alg None, with a signature', () => `Bearer ${forge(good(), as({ alg: 'None' }))}`, 'TOKEN_INVALID'],
  ['RS256 signed with our secret', () => `Bearer ${forge(good(), as({ alg: 'RS256' }))}`, 'TOKEN_INVALID'],
  ['HS512 signed as HS256', () => `Bearer ${forge(good(), as({ alg: 'HS512' }))}`, 'TOKEN_INVALID'],
  ['no alg', () => `Bearer ${forge(good(), as({ typ: 'JWT' }))}`, 'TOKEN_INVALID'],
  [
    'a critical extension',
    () => `Bearer ${forge(good(), as({ alg: 'HS256', crit: ['x'] }))}`,
    'TOKEN_INVALID',
  ],
  ['a token whose claims were changed', () => `Bearer ${tampered()}`, 'TOKEN_INVALID'],
  ['a token without a user', () => `Bearer ${forge({ exp: inSeconds(60) })}`, 'TOKEN_INVALID'],
  ['a user that is no UUID', () => `Bearer ${forge(good({ userId: "1' OR 1=1" }))}`, 'TOKEN_INVALID'],
  ['a user that is a number', () => `Bearer ${forge(good({ userId: 7 }))}`, 'TOKEN_INVALID'],
  ['a user that is a list', () => `Bearer ${forge(good({ userId: [userId] }))}`, 'TOKEN_INVALID'],
  ['an unknown role', () => `Bearer ${forge(good({ role: 'root' }))}`, 'TOKEN_INVALID'],
  ['roles in a list', () => `Bearer ${forge(good({ role: ['admin'] }))}`, 'TOKEN_INVALID'],
  ['null as claims', () => `Bearer ${forge(null)}`, 'TOKEN_INVALID'],
  ['a text as claims', () => `Bearer ${forge('admin')}`, 'TOKEN_INVALID'],
  ['a list as claims', () => `Bearer ${forge([good()])}`, 'TOKEN_INVALID'],
  ['an expiry that is a text', () => `Bearer ${forge(good({ exp: 'tomorrow' }))}`, 'TOKEN_INVALID'],
  ['a token without an expiry', () => `Bearer ${forge(good({ exp: undefined }))}`, 'TOKEN_INVALID'],
  ['an expiry that is null', () => `Bearer ${forge(good({ exp: null }))}`, 'TOKEN_INVALID'],
  ['a token that is not valid yet', () => `Bearer ${forge(good({ nbf: inSeconds(10) }))}`, 'TOKEN_INVALID'],
  ['a token of the future', () => `Bearer ${forge(good({ iat: inSeconds(10) }))}`, 'TOKEN_INVALID'],
  ['a time that is a text', () => `Bearer ${forge(good({ nbf: '0' }))}`, 'TOKEN_INVALID'],
  ['a time that is null', () => `Bearer ${forge(good({ iat: null }))}`, 'TOKEN_INVALID'],
];

function tampered(): string {
  const [header, , signature] = forge(good()).split('.');
  return `${header}.${forge(good({ role: 'admin' })).split('.')[1]}.${signature}`;
}

describe('a request', () => {
  test.each(refused)('with %s is 401', async (_what, authorization, code) => {
    expect(await resultOf(authorization())).toBe(`401 ${code}`);
  });

  // A handshake carries the token without a scheme.
  const tokens = refused.filter(([, authorization]) => authorization()?.startsWith('Bearer '));
  test.each(tokens)('by Socket.IO with %s is refused for the same reason', (_what, authorization, code) => {
    const token = authorization()?.replace('Bearer ', '') as string;
    expect(() => service.app.verifyToken(token)).toThrow(expect.objectContaining({ code }));
  });

  test('with a good token acts as its user', async () => {
    expect(await resultOf(`Bearer ${forge(good())}`)).toBe('200 ok');
    expect(service.app.verifyToken(forge(good()))).toEqual({ userId, role: 'user' });
  });

  test('with a good token acts as its user in any spelling of the id and the scheme', async () => {
    expect(await resultOf(`bearer ${forge(good({ userId: userId.toUpperCase() }))}`)).toBe('200 ok');
    expect(service.app.verifyToken(forge(good({ userId: userId.toUpperCase() })))).toEqual({
      userId,
      role: 'user',
    });
  });

  test.each(['nbf', 'iat'])('with a token whose %s is 5 seconds ahead is answered', async (claim) => {
    expect(await resultOf(`Bearer ${forge(good({ [claim]: inSeconds(5) }))}`)).toBe('200 ok');
  });

  test('with a token without an expiry is answered if JWT_REQUIRE_EXP=false', async () => {
    const app = Fastify();
    await app.register(errors);
    await app.register(auth, { secret: SECRET, requireExpiry: false });
    await app.ready();
    expect(app.verifyToken(forge({ userId }))).toEqual({ userId, role: 'user' });
    expect(() => app.verifyToken(forge({ userId, exp: inSeconds(-1) }))).toThrow(
      expect.objectContaining({ code: 'TOKEN_EXPIRED' }),
    );
    await app.close();
  });

  test('is refused as soon as its token has expired, even if the token is cached', async () => {
    const authorization = `Bearer ${forge(good({ exp: inSeconds(3) }))}`;
    expect(await resultOf(authorization)).toBe('200 ok');
    await expect.poll(() => resultOf(authorization), { timeout: 10_000 }).toBe('401 TOKEN_EXPIRED');
  });

  test('reads a public page with any token', async () => {
    expect(await resultOf('Bearer garbage', `/api/v1/events/${eventId}`)).toBe('200 ok');
  });
});

describe('authorization', () => {
  const call = (operationId: keyof typeof routes, headers: Record<string, string>) => {
    const { method, url } = routes[operationId];
    const payload = method === 'PATCH' ? { paused: false } : undefined;
    return ask(service.app, {
      method,
      url: `${url.replace(/:\w+/, eventId)}${operationId === 'getEventChanges' ? '?since=2' : ''}`,
      headers,
      ...(payload && { payload }),
    });
  };
  const operationIds = (auth: 'public' | 'user' | 'admin') =>
    Object.values(routes).flatMap(({ config }) => (config.auth === auth ? [config.operationId] : []));

  test.each(operationIds('public'))('lets every caller call %s', async (operationId) => {
    expect([200, 404]).toContain((await call(operationId, {})).status);
  });

  test.each([...operationIds('user'), ...operationIds('admin')])(
    'refuses %s without a token',
    async (operationId) => {
      const answer = await call(operationId, {});
      expect(tally([answer])).toEqual({ '401 UNAUTHENTICATED': 1 });
    },
  );

  test.each(operationIds('admin'))(
    'lets administrators alone call %s, and answers others with 403',
    async (operationId) => {
      for (const role of ['user', 'service'] as const) {
        const answer = await call(operationId, service.as(userId, role));
        expect(tally([answer])).toEqual({ '403 FORBIDDEN': 1 });
      }
      expect((await call(operationId, service.as(userId, 'admin'))).status).toBe(200);
    },
  );

  test('shows administrators no reservations of other users', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const api = apiOf(service);
    const made = await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }], userId);
    const path = `/reservations/${made.body.reservation.id}`;
    expect((await api.get(path, userId)).status).toBe(200);
    expect((await api.get(path, service.as(undefined, 'admin'))).status).toBe(404);
  });

  test('stops the start if a route under /api has none', async () => {
    const app = Fastify();
    await app.register(errors);
    await app.register(auth, { secret: SECRET, requireExpiry: true });
    const secret = () => app.get('/api/v1/secret', () => 'psst');
    expect(secret).toThrow(/has no config\.auth/);
    await app.close();
  });
});

describe('pages of other origins', () => {
  const from = (origin: string, rest: Record<string, string> = {}) =>
    ask(service.app, { url: `/api/v1/events/${eventId}`, headers: { origin, ...rest } });
  const asked = 'authorization,content-type,idempotency-key,x-queue-pass,x-queue-ticket';
  const preflight = (origin: string, method = 'POST') =>
    ask(service.app, {
      method: 'OPTIONS',
      url: '/api/v1/seats/reserve',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': asked,
      },
    });

  test('may call if the configuration names their origin', async () => {
    const own = 'http://localhost:3000';
    expect((await from(own)).headers['access-control-allow-origin']).toBe(own);
    expect((await preflight(own)).headers).toMatchObject({
      'access-control-allow-origin': own,
      'access-control-allow-headers': asked,
    });
    const methods = (await preflight(own, 'PATCH')).headers['access-control-allow-methods'];
    expect(String(methods).split(/, */)).toEqual(expect.arrayContaining(['GET', 'POST', 'PATCH']));
  });

  test.each(['http://evil.example', 'null', 'http://localhost:3000.evil.example', 'https://localhost:3000'])(
    'may not call from %s',
    async (origin) => {
      expect((await from(origin)).headers).not.toHaveProperty('access-control-allow-origin');
      expect((await preflight(origin)).headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  test('may read the headers for retries, caching and the request id', async () => {
    const exposed = String(
      (await from('http://localhost:3000')).headers['access-control-expose-headers'],
    ).toLowerCase();
    expect(exposed.split(/, */)).toEqual(expect.arrayContaining(['etag', 'retry-after', 'x-request-id']));
  });
});
