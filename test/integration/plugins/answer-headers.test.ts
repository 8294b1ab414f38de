import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../../src/contract/routes.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** On every answer. Node adds the date and what keeps the connection open. */
const EVERY = [
  'connection',
  'content-length',
  'content-security-policy',
  'content-type',
  'date',
  'keep-alive',
  'strict-transport-security',
  'vary',
  'x-content-type-options',
  'x-request-id',
];
const ORIGIN = { origin: 'http://localhost:3000' };
const OF_PAGES = [
  'access-control-allow-credentials',
  'access-control-allow-origin',
  'access-control-expose-headers',
];

/** The names of the headers of an answer over the network. */
async function namesOf(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const answer = await ask(service.origin, { url, headers });
  return Object.keys(answer.headers).sort();
}

test('an answer in JSON carries what it needs, and nothing about pages', async () => {
  expect(await namesOf('/health')).toEqual(EVERY);
  expect(await namesOf('/nothing')).toEqual(['cache-control', ...EVERY]);
  const limited = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
  expect(await namesOf('/api/v1/reservations/my', service.as())).toEqual(
    ['cache-control', ...EVERY, ...limited].sort(),
  );
});

test('only a request that names its origin gets the headers that let a page read the answer', async () => {
  expect(await namesOf('/health', ORIGIN)).toEqual([...EVERY, ...OF_PAGES].sort());
});

test.each(['/docs', '/docs/json', '/docs/static/swagger-ui.css'])(
  '%s has the headers of a page',
  async (url) => {
    const { headers } = await ask(service.origin, { url });
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'no-referrer' });
  },
);

describe('Cache-Control', () => {
  const reads = Object.values(routes).filter(({ method }) => method === 'GET');
  const shared = 'public, max-age=0, s-maxage=1, stale-while-revalidate=5';

  /** The value on the answers of two instances, of which one leaves nothing to caches. */
  async function onBoth(url: string, headers: Record<string, string> = {}) {
    const answers = await Promise.all(service.apps.map((app) => ask(app, { url, headers })));
    for (const { headers } of answers) expect(headers).not.toHaveProperty('set-cookie');
    return answers.map(({ status, headers }) => [status, headers['cache-control']]);
  }

  beforeAll(async () => {
    await service.startAnother({ EDGE_CACHE_SECONDS: '0' });
  });

  test.each([
    '/api/v1/events',
    '/api/v1/events?q=아이유&limit=1',
    '/api/v1/events/:id',
    '/api/v1/tickets/event/:eventId',
    '/api/v1/seats/layouts',
    '/api/v1/seats/events/:eventId',
    '/api/v1/seats/events/:eventId/status',
  ])('lets caches at the edge answer %s, unless they may not', async (url) => {
    const { eventId } = await service.seedEvent({ seats: 1, stock: [1] });
    expect(await onBoth(url.replace(/:\w+/, eventId))).toEqual([
      [200, shared],
      [200, 'no-cache'],
    ]);
  });

  test('lets caches at the edge keep a layout longer, and no changes', async () => {
    const { eventId } = await service.seedEvent({ seats: 1 });
    const url = `/api/v1/seats/events/${eventId}`;
    expect(await onBoth(`${url}/layout`)).toEqual([
      [200, shared.replace('s-maxage=1,', 's-maxage=10,')],
      [200, 'no-cache'],
    ]);
    expect(await onBoth(`${url}/changes?since=2`)).toEqual([
      [200, 'no-cache'],
      [200, 'no-cache'],
    ]);
  });

  test.each(reads.filter(({ config }) => config.auth !== 'public'))(
    'lets no cache keep the answer to a user: $url',
    async ({ url, config }) => {
      const path = url.replace(/:\w+/, (await service.seedEvent({ seats: 1 })).eventId);
      const answers = await onBoth(path, service.as(undefined, config.auth as 'user'));
      for (const [, value] of answers) expect(value).toBe('no-store');
    },
  );

  test.each([
    ['/nothing', 404],
    ['/api/v1/events?limit=0', 400],
    ['/api/v1/events/75f3dcb8-aa52-47f6-b714-66c6f2f93aae', 404],
    ['/api/v1/reservations/my', 401],
  ])('lets no cache keep a refusal: %s', async (url, status) => {
    expect(await onBoth(url)).toEqual([
      [status, 'no-store'],
      [status, 'no-store'],
    ]);
  });
});
