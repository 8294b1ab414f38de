import { afterAll, beforeAll, expect, test } from 'vitest';
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
  expect(await namesOf('/nothing')).toEqual(EVERY);
  const limited = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
  expect(await namesOf('/api/v1/reservations/my', service.as())).toEqual([...EVERY, ...limited].sort());
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
