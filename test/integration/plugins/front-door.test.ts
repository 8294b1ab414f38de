import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const ask = (accept?: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  service.app.inject({ method, url: '/', headers: accept === undefined ? {} : { accept } });

test('a browser that opens / reads what this is, and where the API is documented', async () => {
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const { statusCode, headers, body } = await ask(accept);
  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'Accept' });
  expect(body).toContain('<h1>Tiketi Ticket Service</h1>');
  expect(body).toContain('href="/docs"');
  expect((await ask(accept, 'HEAD')).statusCode).toBe(200);
});

test.each(['/console', '/reservations', '/web/assets/index.js', '/demo/token'])(
  '%s is unknown while the pages are off',
  async (url) => {
    const { statusCode } = await service.app.inject({ url, headers: { accept: 'text/html' } });
    expect(statusCode).toBe(404);
  },
);

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
