import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTiketiClient, TiketiError } from '../../../src/client/index.ts';
import { errorCodes, routes } from '../../../src/contract/routes.ts';
import { eventually } from '../../support/wait.ts';

const id = '75f3dcb8-aa52-47f6-b714-66c6f2f93aae';
const servers: Server[] = [];

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a string as it is. */
  body?: unknown;
}

/** Starts a server on 127.0.0.1 that answers with `answer`, and records the requests. */
async function serve(answer: (request: IncomingMessage) => Answer | Promise<Answer>) {
  const asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    const { status = 200, headers = {}, body: sent = {} } = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const problem = (code: string, error = '안 됩니다.') => ({ code, error, requestId: 'req-1' });

/** Accepts one token only. */
const guard = (good: () => string) => (request: IncomingMessage) =>
  request.headers.authorization === `Bearer ${good()}`
    ? { body: { reservations: [], nextCursor: null } }
    : { status: 401, body: problem('TOKEN_EXPIRED') };

const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('the call succeeded'),
    (error: TiketiError) => error,
  );

afterEach(async () => {
  vi.unstubAllGlobals();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('every operation of the contract', () => {
  it('is sent to its method and path, with a token only if it needs one', async () => {
    const { baseUrl, asked } = await serve(() => ({ body: { ok: true } }));
    const client = createTiketiClient({ baseUrl: `${baseUrl}/`, token: 'mine' });
    const input = { id, eventId: id, reservationId: id, ticketTypeId: id, deliveryId: id, name: id };
    const image = new Blob(['x'], { type: 'image/png' });

    const { getMetrics: _, streamEvent: __, getPoster: _poster, ...operations } = routes;
    for (const [name, route] of Object.entries(operations)) {
      const call = client[name as keyof typeof client] as (...args: object[]) => Promise<unknown>;
      await (/:|POST/.test(`${route.method} ${route.url}`)
        ? call(name === 'uploadPoster' ? { ...input, image } : input)
        : call());
      const { method, url = '' } = asked.at(-1) ?? {};
      // What is no part of the path goes into the query.
      const sent = [method, url.replace(/\?.*/, '')];
      expect(sent, name).toEqual([route.method, route.url.replaceAll(/:\w+/g, id)]);
      const token = route.config.auth === 'public' ? undefined : 'Bearer mine';
      expect(asked.at(-1)?.headers.authorization, name).toBe(token);
    }
    const { watchSeats: ___, watchStock: ____, ...functions } = client;
    expect(Object.keys(functions).sort()).toEqual(Object.keys(operations).sort());
  });

  it('is listed in the README, and no others', () => {
    const readme = readFileSync(new URL('../../../src/client/README.md', import.meta.url), 'utf8');
    const listed = [...readme.matchAll(/^\| `(\w+)` \| \S/gm)].map(([, name]) => name);
    const { getMetrics: _, streamEvent: __, getPoster: ___, ...operations } = routes;
    expect(listed.sort()).toEqual(Object.keys(operations).sort());
  });

  it('documents the errors that the contract lists', () => {
    const folder = new URL('../../../src/client/http/', import.meta.url);
    const organizers = readdirSync(new URL('organizer/', folder)).map((name) => `organizer/${name}`);
    const sources = ['operations.ts', ...organizers].map((name) =>
      readFileSync(new URL(name, folder), 'utf8'),
    );
    const ofAll = sources[0]?.split(/(?=\n {2}\/\*\*)/)[0];
    // What each function says, with what its file says of all of its functions.
    const members = sources.flatMap((source) => {
      const [ofFile = '', ...each] = source.split(/(?=\n {2}\/\*\*)/);
      return each.map((member) => `${ofAll}${ofFile}${member}`);
    });
    const ofBodies = ['MALFORMED_BODY', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
    const { streamEvent: _, getPoster: __, ...operations } = errorCodes;
    for (const [name, byStatus] of Object.entries(operations)) {
      const own = members.find((member) => member.includes(`  ${name}: Operation<`)) ?? ofAll ?? '';
      // The client makes sure that a body is JSON.
      const codes = Object.values(byStatus as Record<number, string[]>).flat();
      const missing = codes.filter((code) => !ofBodies.includes(code) && !own.includes(`\`${code}\``));
      expect.soft(missing, name).toEqual([]);
    }
  });

  it('is sent with its query or body, and the language', async () => {
    const { baseUrl, asked } = await serve(() => ({ body: { ok: true } }));
    const client = createTiketiClient({ baseUrl, language: 'en' });
    await client.listEvents({ q: '아이유 & 친구', status: 'on_sale', page: 2 });
    await client.reserveSeats({ eventId: id, seatIds: [id] }, { headers: { 'x-request-id': 'mine-1' } });

    expect(Object.fromEntries(new URL(asked[0]?.url ?? '', baseUrl).searchParams)).toEqual({
      q: '아이유 & 친구',
      status: 'on_sale',
      page: '2',
    });
    expect(JSON.parse(asked[1]?.body ?? '')).toEqual({ eventId: id, seatIds: [id] });
    expect(asked[1]?.headers).toMatchObject({ 'accept-language': 'en', 'x-request-id': 'mine-1' });
  });
});

describe('a refused token', () => {
  it('is renewed once for all calls that were refused with it, and each call is repeated once', async () => {
    let good = 'old';
    const { baseUrl, asked } = await serve(guard(() => good));
    const refreshToken = vi.fn(async () => {
      // Until the five calls below have been sent
      await eventually(() => expect(asked).toHaveLength(1 + 5));
      return good;
    });
    const client = createTiketiClient({ baseUrl, token: 'old', refreshToken });
    await client.listMyReservations();
    good = 'new';
    await Promise.all(Array.from({ length: 5 }, () => client.listMyReservations()));
    await client.listMyReservations();

    expect(refreshToken).toHaveBeenCalledTimes(1);
    expect(asked).toHaveLength(1 + 5 * 2 + 1);
  });

  it('is not renewed again by a refusal that comes late', async () => {
    const renewed = Promise.withResolvers<void>();
    const { baseUrl, asked } = await serve(async (request) => {
      const isLate = request.url?.includes('limit=1') && request.headers.authorization === 'Bearer old';
      if (isLate) await renewed.promise;
      return guard(() => 'new')(request);
    });
    const refreshToken = vi.fn(async () => 'new');
    const client = createTiketiClient({ baseUrl, token: 'old', refreshToken });
    const late = client.listMyReservations({ limit: 1 });
    await eventually(() => expect(asked).toHaveLength(1));
    await client.listMyReservations();
    renewed.resolve();
    await late;
    expect(refreshToken).toHaveBeenCalledTimes(1);
    expect(asked).toHaveLength(4);
  });

  it('is renewed once for two clients with the same refreshToken', async () => {
    const { baseUrl, asked } = await serve(guard(() => 'new'));
    const refreshToken = vi.fn(async () => {
      await eventually(() => expect(asked).toHaveLength(2));
      return 'new';
    });
    const clients = [1, 2].map(() => createTiketiClient({ baseUrl, token: 'old', refreshToken }));
    await Promise.all(clients.map((client) => client.listMyReservations()));
    expect(refreshToken).toHaveBeenCalledTimes(1);
  });

  it('stays replaced until the app returns another one', async () => {
    let held: string | undefined = 'old';
    const { baseUrl, asked } = await serve(guard(() => 'new'));
    const refreshToken = vi.fn(async () => 'new');
    const client = createTiketiClient({ baseUrl, token: () => held, refreshToken });
    await client.listMyReservations();
    await client.listMyReservations();
    expect(refreshToken).toHaveBeenCalledTimes(1);

    held = undefined;
    await client.listMyReservations();
    expect(asked.at(-2)?.headers.authorization, 'signed out').toBeUndefined();
    held = 'of another user';
    await client.listMyReservations();
    expect(asked.at(-2)?.headers.authorization).toBe('Bearer of another user');
  });

  it('fails the call if the new one is refused too, if the refresh fails, or if it cannot be renewed', async () => {
    const { baseUrl, asked } = await serve(guard(() => 'never'));
    const refused = createTiketiClient({ baseUrl, token: 'old', refreshToken: async () => 'no better' });
    expect(await failure(refused.listMyReservations())).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
    expect(asked).toHaveLength(2);

    const signedOut = new Error('signed out');
    const stuck = createTiketiClient({
      baseUrl,
      token: 'old',
      refreshToken: () => Promise.reject(signedOut),
    });
    expect(await failure(stuck.listMyReservations())).toMatchObject({
      code: 'TOKEN_EXPIRED',
      cause: signedOut,
    });

    const alone = createTiketiClient({ baseUrl });
    expect(await failure(alone.listMyReservations())).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(asked).toHaveLength(4);
  });
});

describe('an error', () => {
  it('carries every field of the answer', async () => {
    const details = [{ path: 'body/seatIds', message: 'must NOT have fewer than 1 items' }];
    const { baseUrl } = await serve(() => ({
      status: 400,
      body: { ...problem('VALIDATION_FAILED', '요청 값이 올바르지 않습니다.'), details },
    }));
    const error = await failure(createTiketiClient({ baseUrl }).reserveSeats({ eventId: id, seatIds: [] }));
    expect(error).toBeInstanceOf(TiketiError);
    expect(error).toMatchObject({
      name: 'TiketiError',
      status: 400,
      code: 'VALIDATION_FAILED',
      message: '요청 값이 올바르지 않습니다.',
      requestId: 'req-1',
      details,
      retryAfter: undefined,
      isNetworkError: false,
    });
  });

  it('says when to retry in seconds, even if a proxy sends a date', async () => {
    let after = '7';
    const { baseUrl } = await serve(() => ({
      status: 503,
      headers: { 'retry-after': after },
      body: problem('SERVICE_UNAVAILABLE'),
    }));
    const client = createTiketiClient({ baseUrl });
    expect(await failure(client.listEvents())).toMatchObject({ status: 503, retryAfter: 7 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-07-01T11:00:00.500Z') });
    onTestFinished(() => void vi.useRealTimers());
    after = new Date('2026-07-01T11:00:30Z').toUTCString();
    expect(await failure(client.listEvents())).toMatchObject({ retryAfter: 30 });
  });

  it('distinguishes an answer of another server from no answer', async () => {
    const strangers: Answer[] = [
      { status: 502, body: '<html>Bad Gateway</html>', headers: { 'x-request-id': 'proxy-1' } },
      { status: 200, body: '<html>Sign in to the Wi-Fi</html>' },
      { status: 200, body: '<html>', headers: { 'content-length': '6' } },
      { status: 200, body: '' },
    ];
    for (const stranger of strangers) {
      const { baseUrl } = await serve(() => stranger);
      const error = await failure(createTiketiClient({ baseUrl }).listEvents());
      expect(error, JSON.stringify(stranger)).toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        isNetworkError: false,
      });
    }
    const error = await failure(createTiketiClient({ baseUrl: 'http://127.0.0.1:1' }).listEvents());
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', status: 0, isNetworkError: true });
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('names CORS and FRONTEND_URL in a browser, where both look like a failed network', async () => {
    const unreachable = createTiketiClient({ baseUrl: 'http://127.0.0.1:1' });
    const inNode = await failure(unreachable.listEvents());
    expect(inNode.message).toBe('No answer from the service: fetch failed');

    vi.stubGlobal('location', { origin: 'https://shop.example' });
    const inBrowser = await failure(unreachable.listEvents());
    expect(inBrowser).toMatchObject({
      code: 'NETWORK_ERROR',
      message:
        'No answer from the service: fetch failed. CORS may be the reason: ' +
        "the service's variable FRONTEND_URL must list the origin https://shop.example",
    });
  });

  it('is the reason of the signal if the caller aborts the call', async () => {
    const { baseUrl, asked } = await serve(() => new Promise<Answer>(() => undefined));
    const controller = new AbortController();
    const call = failure(createTiketiClient({ baseUrl }).listEvents({}, { signal: controller.signal }));
    await eventually(() => expect(asked).toHaveLength(1));
    const reason = new Error('the page was closed');
    controller.abort(reason);
    expect(await call).toBe(reason);
  });

  it('is not thrown for a service that is not ready: readiness is the result', async () => {
    const down = { status: 'down', latencyMs: null };
    const readiness = { status: 'unavailable', postgres: down, redis: down };
    const { baseUrl } = await serve(() => ({ status: 503, body: readiness }));
    expect(await createTiketiClient({ baseUrl }).getReadiness()).toEqual(readiness);
  });
});
