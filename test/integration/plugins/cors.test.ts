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
