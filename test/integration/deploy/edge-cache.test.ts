import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Balancer, provideBalancer, startBalancer } from '../../support/balancers.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

const program = provideBalancer('nginx');

const PAGE = 'https://tickets.example';
const READERS = 1_000;
const SECONDS = 2.5;
/** A read by each reader in so many ms. */
const PAUSE_MS = 500;
const MOST_PER_SECOND = 3;

const DECODE = { gzip: gunzipSync, br: brotliDecompressSync, identity: (bytes: Buffer) => bytes };

describe.skipIf(program === undefined)('the cache of deploy/nginx', () => {
  let service: Service;
  let nginx: Balancer;
  let eventId: string;
  let seatIds: string[];
  /** What reaches the instances, in the order of arrival. */
  const arrived: { at: number; method: string | undefined; headers: IncomingHttpHeaders }[] = [];

  beforeAll(async () => {
    service = await startService({ instances: 2, env: { FRONTEND_URL: PAGE, TRUST_PROXY: 'true' } });
    for (const { server } of service.apps)
      server.prependListener('request', ({ method, headers }) =>
        arrived.push({ at: performance.now(), method, headers }),
      );
    ({ eventId, seatIds } = await service.seedEvent({ seats: 2, stock: [3] }));
    nginx = await startBalancer('nginx', program as string, service.origins);
  });
  afterAll(async () => {
    await nginx?.stop();
    await service.stop();
  });

  test('answers 1,000 readers with three requests a second, and shows each of them a sale', async () => {
    const urls = ['/api/v1/events', `/api/v1/events/${eventId}`, `/api/v1/seats/events/${eventId}/status`];
    const bodies = () => Promise.all(urls.map(async (url) => (await ask(service.origin, { url })).text));
    const agent = new Agent({ keepAlive: true, maxSockets: READERS });
    const before = await bodies();
    const seen = urls.map(() => new Set<string>());
    arrived.splice(0);
    const until = performance.now() + SECONDS * 1_000;

    async function read(reader: number): Promise<void> {
      const coding = (['gzip', 'br', 'identity'] as const)[reader % 3] as string;
      const headers = { origin: PAGE, 'accept-encoding': coding };
      await sleep((reader % 100) * (PAUSE_MS / 100));
      for (let reads = 0; performance.now() < until; reads++) {
        const index = (reader + reads) % urls.length;
        const { status, body } = await get(nginx.origin + urls[index], headers, agent);
        expect(status).toBe(200);
        seen[index]?.add(body);
        await sleep(PAUSE_MS);
      }
    }
    const reading = Promise.all(Array.from({ length: READERS }, (_, reader) => read(reader)));
    const sold = await ask(nginx.origin, {
      ...{ method: 'POST', url: '/api/v1/seats/reserve', payload: { eventId, seatIds } },
      headers: { ...service.as(), 'x-forwarded-for': '192.0.2.1' },
    });
    const after = await bodies();
    expect([sold.status, sold.headers['cache-control']]).toEqual([201, 'no-store']);
    expect(after[2]).not.toBe(before[2]);
    await reading;
    agent.destroy();
    for (const [index, ofUrl] of seen.entries())
      for (const body of ofUrl) expect([before[index], after[index]]).toContain(body);
    await eventually(async () => {
      for (const [index, url] of urls.entries())
        expect((await get(nginx.origin + url, { origin: PAGE })).body).toBe(after[index]);
    });

    // What a client claims about its address doesn't reach the service.
    const through = arrived.filter(({ headers }) => headers['x-forwarded-for'] !== undefined);
    expect(new Set(through.map(({ headers }) => headers['x-forwarded-for']))).toEqual(new Set(['127.0.0.1']));
    const reads = through.filter(({ method }) => method === 'GET');
    expect(reads.length).toBeGreaterThan(urls.length);
    for (const { at } of reads) {
      const inOneSecond = reads.filter((other) => other.at >= at && other.at < at + 1_000);
      expect(inOneSecond.length).toBeLessThanOrEqual(MOST_PER_SECOND);
    }
  });

  test('gives a 304 to a reader who has the answer, and the headers of an origin to its pages alone', async () => {
    const url = `${nginx.origin}/api/v1/events/${eventId}`;
    const foreign = await get(url, { origin: 'https://evil.example' });
    const page = await get(url, { origin: PAGE });
    const other = await get(url, {});
    for (const { headers } of [foreign, other])
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(page.headers['access-control-allow-origin']).toBe(PAGE);
    expect(page.headers.vary).toBe('Origin, Accept-Encoding');
    expect(page.headers.etag).toMatch(/^W\//);
    const again = await get(url, { origin: PAGE, 'if-none-match': String(page.headers.etag) });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  test('tells each user their own reservations', async () => {
    const answers = await Promise.all(
      [service.as(), service.as()].map((headers) =>
        ask(nginx.origin, { url: '/api/v1/reservations/my', headers }),
      ),
    );
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('is taken without a complaint', () => expect(nginx.complaints()).toBe(''));
});

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  /** Decoded. */
  body: string;
}

/** GET on a connection of the agent's. */
async function get(url: string, headers: Record<string, string>, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, ...(agent && { agent }) }, async (answer) => {
      const coding = (answer.headers['content-encoding'] ?? 'identity') as keyof typeof DECODE;
      const bytes = await buffer(answer);
      const body = bytes.length === 0 ? '' : String(DECODE[coding](bytes));
      resolve({ status: answer.statusCode, headers: answer.headers, body });
    });
    sent.on('error', reject);
    sent.end();
  });
}
