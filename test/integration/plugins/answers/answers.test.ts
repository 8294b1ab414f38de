import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { array, asyncProperty, constantFrom, assert as holds, oneof, uint8Array } from 'fast-check';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import answers from '../../../../src/plugins/answers/plugin.ts';
import type { Answer } from '../../../../src/plugins/answers/prepared-answer.ts';
import { PreparedAnswer, prepare } from '../../../../src/plugins/answers/prepared-answer.ts';
import cors from '../../../../src/plugins/http/cors.ts';
import errors from '../../../../src/plugins/http/error-handler.ts';
import methods from '../../../../src/plugins/http/methods.ts';

const decode = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
const text = (bytes: number) => 'seat,'.repeat(bytes / 5);

let app: FastifyInstance;
// Not every test has one.
afterEach(() => (app as FastifyInstance | undefined)?.close());

/** A service that answers `/` with the current value of `answer`. */
async function serve(
  answer: Answer,
  { largeBytesPerSecond = 0, edgeSeconds = 0, cacheControl = undefined as string | undefined } = {},
) {
  app = Fastify();
  const current = { answer };
  await app.register(errors);
  await app.register(methods);
  await app.register(cors, { origins: ['http://localhost'] });
  await app.register(answers, { largeBytesPerSecond, edgeSeconds });
  app.get('/', (request, reply) => app.answers.send(request, reply, current.answer, cacheControl));
  return current;
}

const get = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  app.inject({ method, url: '/', headers });

describe('a caller who has the answer already', () => {
  test('gets 304 without a body for its tag, a list of tags, a strong tag or any tag', async () => {
    await serve(prepare({ title: '공연' }));
    const { etag } = (await get()).headers;
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    const strong = String(etag).slice(2);
    for (const has of [String(etag), `"other", ${etag}`, strong, `"other",${strong}`, '*']) {
      const { statusCode, body, headers } = await get({ 'if-none-match': has });
      expect([statusCode, body, headers.etag], has).toEqual([304, '', etag]);
      expect([headers['cache-control'], headers.vary]).toEqual(['no-cache', 'Origin, Accept-Encoding']);
    }
  });

  test('gets the body if it has changed or the tag is unknown', async () => {
    const current = await serve(prepare({ title: '공연' }));
    const etag = String((await get()).headers.etag);
    expect((await get({ 'if-none-match': etag.slice(3, -1) })).statusCode).toBe(200);
    current.answer = prepare({ title: '연극' });
    const changed = await get({ 'if-none-match': etag });
    expect([changed.statusCode, changed.body]).toEqual([200, '{"title":"연극"}']);
    expect(changed.headers.etag).not.toBe(etag);
  });

  test('has one tag for all codings, made from the version if the maker gives it', async () => {
    await serve(prepare(text(5_000), 'v7-1'));
    for (const coding of ['br', 'gzip', 'identity'])
      expect((await get({ 'accept-encoding': coding })).headers.etag).toBe('W/"v7-1"');
  });

  test('must revalidate it each time, unless the route says otherwise', async () => {
    await serve(prepare({}), { cacheControl: 'public, max-age=0, s-maxage=1' });
    expect((await get()).headers['cache-control']).toBe('public, max-age=0, s-maxage=1');
    await app.close();
    await serve(prepare({}));
    expect((await get()).headers['cache-control']).toBe('no-cache');
  });
});

describe('the coding', () => {
  test.each([
    ['what a browser sends', 'gzip, deflate, br, zstd', 'br'],
    ['gzip alone', 'gzip', 'gzip'],
    ['an old name in capitals', 'X-GZIP', 'gzip'],
    ['weights', 'br;q=0.2, gzip;q=0.8', 'gzip'],
    ['blanks', 'br ; q=0.2 ,gzip ; q=0.8', 'gzip'],
    ['a refusal', 'br;q=0, gzip', 'gzip'],
    ['any', '*', 'br'],
    ['any but one', 'br;q=0, *', 'gzip'],
    ['identity before others', 'gzip;q=0.5, identity', undefined],
    ['others before identity', 'identity;q=0.5, gzip', 'gzip'],
    ['unknown codings', 'deflate, zstd', undefined],
    ['an empty header', '', undefined],
    ['nothing at all', 'identity;q=0, *;q=0', undefined],
  ])('follows %s', async (_what, accept, coding) => {
    await serve(prepare(text(5_000)));
    const { headers, rawPayload } = await get({ 'accept-encoding': accept });
    expect(headers['content-encoding']).toBe(coding);
    expect(Number(headers['content-length'])).toBe(rawPayload.length);
    expect(JSON.parse(String(decode[(coding ?? 'identity') as 'br'](rawPayload)))).toBe(text(5_000));
  });

  test('is none below 1 KB, nor for a client that names none', async () => {
    const current = await serve(prepare(text(1_000)));
    expect((await get({ 'accept-encoding': 'gzip, br' })).headers).not.toHaveProperty('content-encoding');
    current.answer = prepare(text(1_050));
    expect((await get({ 'accept-encoding': 'gzip, br' })).headers).toHaveProperty('content-encoding', 'br');
    expect((await get()).headers).not.toHaveProperty('content-encoding');
  });

  test('gives HEAD the headers of GET', async () => {
    await serve(prepare(text(50_000)));
    for (const coding of ['br', 'gzip', 'identity']) {
      const [of, to] = [
        await get({ 'accept-encoding': coding }),
        await get({ 'accept-encoding': coding }, 'HEAD'),
      ];
      const { date: _, 'x-request-id': __, ...headers } = of.headers;
      expect([to.statusCode, to.body]).toEqual([200, '']);
      expect(to.headers).toMatchObject(headers);
    }
  });

  test('is varied on beside the origin', async () => {
    await serve(prepare({}));
    for (const headers of [{}, { origin: 'http://localhost' }])
      expect((await get(headers)).headers.vary).toBe('Origin, Accept-Encoding');
  });
});

test('every coding decodes to the same bytes', async () => {
  const part = oneof(uint8Array({ maxLength: 3_000 }), uint8Array({ min: 48, max: 49, maxLength: 60_000 }));
  const coding = constantFrom('br' as const, 'gzip' as const);
  await holds(
    asyncProperty(array(part, { maxLength: 5 }), coding, async (parts, wanted) => {
      const body = Buffer.concat(parts);
      const made = await new PreparedAnswer(body).represent(wanted);
      expect(made.coding).toBe(wanted);
      expect(decode[made.coding](made.bytes).equals(body)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('all requests that ask for a coding meanwhile get the bytes that are made once', async () => {
  // Above 32 KB the thread pool compresses.
  const answer = new PreparedAnswer(Buffer.from(randomBytes(50_000).toString('hex')));
  const asked = Array.from({ length: 100 }, () => answer.represent('gzip'));
  expect(asked[0]).toBeInstanceOf(Promise);
  const made = await Promise.all(asked);
  expect(new Set(made).size).toBe(1);
  expect(answer.represent('gzip')).toBe(made[0]);
});

test('a flood of different answers is sent as it is rather than kept waiting', async () => {
  const all = Array.from({ length: 20 }, () => new PreparedAnswer(randomBytes(50_000)));
  const made = await Promise.all(all.map((answer) => answer.represent('br')));
  const codings = made.map(({ coding }) => coding);
  expect(codings.filter((coding) => coding === 'br')).toHaveLength(8);
  expect(codings.filter((coding) => coding === 'identity')).toHaveLength(12);
  // Later, when the pool is free again, they are compressed.
  expect(await all[19]?.represent('br')).toMatchObject({ coding: 'br' });
});

describe('large answers', () => {
  const large = () => serve(prepare(text(100_000)), { largeBytesPerSecond: 250_000 });
  const from = (remoteAddress: string, headers = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url: '/', remoteAddress, headers });

  /** Sends all within one window of a second. */
  async function inOneSecond(send: () => Promise<{ statusCode: number }[]>) {
    for (;;) {
      const second = Math.floor(performance.now() / 1_000);
      const answers = await send();
      if (second === Math.floor(performance.now() / 1_000)) return answers;
      // The rest of this second has been drawn from already.
      await sleep(1_000 - (performance.now() % 1_000));
    }
  }

  test('are limited by address and second, with a time to come back', async () => {
    await large();
    const [a, b, c, refused, other] = (await inOneSecond(async () => {
      const mine = [];
      for (let sent = 0; sent < 4; sent++) mine.push(await from('192.0.2.1'));
      return [...mine, await from('192.0.2.2')];
    })) as Awaited<ReturnType<typeof from>>[];
    expect([a, b, c, other].map((answer) => answer?.statusCode)).toEqual([200, 200, 200, 200]);
    expect(refused?.statusCode).toBe(429);
    expect(refused?.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(refused?.headers['retry-after']).toBe('1');
    expect(refused?.headers).not.toHaveProperty('etag');
  });

  test('do not count if they are compressed to less, a 304 or a HEAD', async () => {
    await large();
    const { etag = '' } = (await from('192.0.2.9')).headers;
    const cheap = [{ 'accept-encoding': 'br' }, { 'if-none-match': etag }];
    for (let sent = 0; sent < 10; sent++) {
      for (const headers of cheap) expect((await from('192.0.2.3', headers)).statusCode).toBeLessThan(400);
      expect((await from('192.0.2.3', {}, 'HEAD')).statusCode).toBe(200);
    }
  });
});

test('a large body arrives whole, and is written in parts of 256 KB', async () => {
  const bytes = randomBytes(3_000_001);
  await serve(new PreparedAnswer(bytes));
  const sizes: number[] = [];
  app.server.on('connection', (socket: Socket) => {
    const write = socket.write.bind(socket) as (chunk: Buffer, ...rest: unknown[]) => boolean;
    socket.write = (chunk: Buffer, ...rest: unknown[]) => {
      sizes.push(chunk.length);
      return write(chunk, ...rest);
    };
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  expect(response.headers.get('content-length')).toBe(`${bytes.length}`);
  expect(bytes.equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
  expect(Math.max(...sizes)).toBe(256 * 1024);
});
