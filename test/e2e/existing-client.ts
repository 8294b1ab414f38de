import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { ask } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

/** Where the existing front end is served from, as FRONTEND_URL has it by default. */
export const FRONTEND = 'http://localhost:3000';

type Seeded = Awaited<ReturnType<Service['seedEvent']>>;

/** The service of the calling file with two events, and an existing client that is signed in as a user. */
export function useExistingClient() {
  let service: Service;
  let tickets: Seeded;
  let seated: Seeded;
  const userId = randomUUID();

  beforeAll(async () => {
    service = await startService();
    tickets = await service.seedEvent({ stock: [10, 10, 10, 10], artist: '가수' });
    seated = await service.seedEvent({ seats: 10 });
    const texts = { description: '설명', address: '서울특별시', poster_image_url: '/images/concert1.jpg' };
    await service.db.updateTable('events').set(texts).execute();
    await service.refresh();
  });
  afterAll(() => service.stop());

  /** Sends a request as axios does in that front end, which announces JSON on every call, with or without a body. */
  const call = (
    method: 'GET' | 'POST',
    path: string,
    { body, bearer = service.token({ userId }) }: { body?: object; bearer?: string } = {},
  ) =>
    ask(service.origin, {
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', origin: FRONTEND },
      ...(body && { payload: body }),
    });

  return {
    userId,
    call,
    async read(path: string) {
      const { status, body } = await call('GET', path);
      expect({ path, status }).toEqual({ path, status: 200 });
      return body;
    },
    get service() {
      return service;
    },
    get tickets() {
      return tickets;
    },
    get seated() {
      return seated;
    },
  };
}
