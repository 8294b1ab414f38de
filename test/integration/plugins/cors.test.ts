import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../../support/service.ts';

describe.each([
  {
    FRONTEND_URL: undefined,
    allowed: ['http://localhost:5173', 'http://127.0.0.1:4173'],
    refused: ['http://localhost.evil.example:5173', 'https://localhost:5173'],
  },
  {
    FRONTEND_URL: 'https://tickets.example,https://*.previews.example',
    allowed: ['https://tickets.example', 'https://pr-7.previews.example'],
    refused: ['https://a.b.previews.example', 'https://previews.example.evil', 'http://localhost:5173'],
  },
])('FRONTEND_URL=$FRONTEND_URL', ({ FRONTEND_URL, allowed, refused }) => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ env: FRONTEND_URL === undefined ? {} : { FRONTEND_URL } });
  });
  afterAll(() => service.stop());

  /** What REST and Socket.IO answer a page of this origin. */
  async function allowedBy(origin: string): Promise<(string | null)[]> {
    const paths = ['/api/v1/events', '/socket.io/?EIO=4&transport=polling'];
    const answers = await Promise.all(
      paths.map((path) => fetch(`${service.origin}${path}`, { headers: { origin } })),
    );
    return Promise.all(
      answers.map(async (answer) => {
        await answer.arrayBuffer();
        expect(answer.status).toBe(200);
        expect(answer.headers.get('vary')).toMatch(/\borigin\b/i);
        return answer.headers.get('access-control-allow-origin');
      }),
    );
  }

  test.each(allowed)('%s may read REST and Socket.IO', async (origin) => {
    expect(await allowedBy(origin)).toEqual([origin, origin]);
  });

  test.each(refused)('%s may read neither', async (origin) => {
    expect(await allowedBy(origin)).toEqual([null, null]);
  });
});

describe('a browser', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  const origin = 'http://localhost:3000';

  test.each([
    ['POST', '/api/v1/seats/reserve', 'authorization,content-type,idempotency-key,x-queue-pass'],
    ['PATCH', '/api/v1/queue/admin/75f3dcb8-aa52-47f6-b714-66c6f2f93aae', 'authorization,content-type'],
    ['GET', '/api/v1/events/', 'if-none-match,x-request-id'],
  ])('asks once in 2 hours whether it may send %s %s', async (method, path, names) => {
    const answer = await fetch(`${service.origin}${path}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': names },
    });
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    const { headers } = answer;
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-methods')?.split(', ')).toContain(method);
    expect(headers.get('access-control-allow-headers')).toBe(names);
    expect(headers.get('access-control-max-age')).toBe('7200');
    expect(headers.get('vary')).toMatch(/origin.*access-control-request-headers/i);
  });

  test.each([
    ['GET', '/nothing', 404],
    ['DELETE', '/api/v1/events', 405],
    ['GET', '/api/v1/events?limit=0', 400],
    ['POST', '/api/v1/seats/reserve', 401],
  ])('may read the refusal of %s %s', async (method, path, status) => {
    const answer = await fetch(`${service.origin}${path}`, { method, headers: { origin } });
    await answer.arrayBuffer();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
  });
});
