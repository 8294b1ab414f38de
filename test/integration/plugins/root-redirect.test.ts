import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const ask = (accept?: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  service.app.inject({ method, url: '/', headers: accept === undefined ? {} : { accept } });

test('a browser that opens / gets to the documentation', async () => {
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  for (const method of ['GET', 'HEAD'] as const) {
    const { statusCode, headers } = await ask(accept, method);
    expect({ statusCode, location: headers.location }).toEqual({ statusCode: 302, location: '/docs' });
  }
  const page = await service.app.inject({ url: '/docs', headers: { accept } });
  expect(page.statusCode).toBe(200);
});

test.each([undefined, '*/*', 'application/json'])(
  'an API client that accepts %s gets a 404',
  async (accept) => {
    const answer = await ask(accept);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  },
);

test('a POST to / gets a 405, also from a browser', async () => {
  expect((await ask('text/html', 'POST')).statusCode).toBe(405);
});
