import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../../src/contract/routes.ts';
import { expectDocumented, expectProblem } from '../../contract/answers.ts';
import { apiOf } from '../../support/http.ts';
import { startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { asking } from './asking.ts';
import type { Attempts, Change } from './attempts.ts';
import { broken } from './broken.ts';
import { holding, honest, purchasing } from './buying.ts';
import { endings } from './endings.ts';
import { halls } from './halls.ts';
import { integrations } from './integrations.ts';
import { organizerEvents } from './organizer-events.ts';
import { organizerSales } from './organizer-sales.ts';
import { organizerSeats } from './organizer-seats.ts';
import { posters } from './posters.ts';
import { ticketTypes } from './ticket-types.ts';
import { send, sendRaw } from './wire.ts';
import { createWorld, everything, type World } from './world.ts';

let world: World;
let before: Awaited<ReturnType<typeof everything>>;

beforeAll(async () => {
  world = await createWorld(await startService());
  before = await everything(world.service);
});
afterAll(() => world.service.stop());

/** Expects the rows and keys of the test before. Work that follows an answer, such as to unlock a seat, is waited for. */
async function expectNothingChanged(): Promise<void> {
  let now = before;
  try {
    await eventually(async () => {
      now = await everything(world.service);
      expect(now).toEqual(before);
    });
  } finally {
    // A change fails one test, not those that follow it.
    before = now;
  }
}

/** An honest request of the operation with the change in it. */
function request(operationId: Attempts[0], { url, method, headers, payload }: Change) {
  const route = routes[operationId];
  const path = route.url.replace(/:\w+/, world.events.home.eventId);
  return {
    method: method ?? route.method,
    url: url === undefined ? path : url.startsWith('?') ? path + url : url,
    headers: {
      ...world.service.as(world.attacker),
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && {
      payload: typeof payload === 'string' || Array.isArray(payload) ? payload : JSON.stringify(payload),
    }),
  };
}

const all = [
  holding,
  purchasing,
  ...asking,
  ...halls,
  ...integrations,
  ...posters,
  ...organizerEvents,
  ...organizerSales,
  ...organizerSeats,
  ...ticketTypes,
  ...endings,
];

test('every operation of organizers and administrators is tried', () => {
  const theirs = Object.entries(routes).filter(([, { url }]) => url.includes('/admin/'));
  const tried = new Set(all.map(([operationId]) => operationId));
  expect(
    theirs.map(([operationId]) => operationId).filter((each) => !tried.has(each as Attempts[0])),
  ).toEqual([]);
});

describe.each(all)('%s', (operationId, attempts) => {
  test.each(attempts)('refuses %s', async (_what, expected, change) => {
    const answer = await send(world.service, request(operationId, change(world)));
    expectDocumented(operationId, answer);
    expect(`${answer.statusCode} ${JSON.parse(answer.body).code}`).toBe(expected);
    expect(answer.headers['x-request-id']).toBe(JSON.parse(answer.body).requestId);
    await expectNothingChanged();
  });
});

describe('what is not a request of the contract', () => {
  test.each(['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY', 'POST'])(
    'is refused: %s on a page that only has GET',
    async (method) => {
      const { eventId } = world.events.home;
      const headers = world.service.as(world.attacker, 'admin');
      const answer = await send(world.service, { method, url: `/api/v1/events/${eventId}`, headers });
      expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
      expect(expectProblem(answer).code).toBe('METHOD_NOT_ALLOWED');
      await expectNothingChanged();
    },
  );

  test.each(broken)('is refused: %s', async (_what, expected, bytes) => {
    const answer = await sendRaw(world.service, bytes);
    expect(`${answer.statusCode} ${expectProblem(answer).code}`).toBe(expected);
    await expectNothingChanged();
  });
});

describe('an upgrade', () => {
  // Java's own HTTP client, for one, asks for HTTP/2 in this way and is content with HTTP/1.1.
  const h2c = [
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
  ];
  const websocket = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: x',
    'Sec-WebSocket-Version: 13',
  ];

  test.each([
    ['HTTP/2', '/health', h2c, 200],
    ['a WebSocket that is not Socket.IO', '/health', websocket, 200],
    ['a WebSocket on an unknown path', '/nothing', websocket, 404],
  ])('to %s is answered as a plain request', async (_what, path, headers, status) => {
    const bytes = [`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
    expect((await sendRaw(world.service, bytes)).statusCode).toBe(status);
  });
});

test('a request with an unknown expectation is answered', async () => {
  const answer = await sendRaw(world.service, 'GET /health HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n');
  expect(answer.statusCode).toBe(200);
});

describe('without a hostile part', () => {
  test.each(honest)(
    'the same request by the same user makes a reservation: %s',
    async (operationId, make) => {
      const { service, attacker } = world;
      const api = apiOf(service);
      const mine = async () => (await api.get('/reservations/my', attacker)).body.reservations;
      const earlier = await mine();
      const answer = await send(service, request(operationId, make(world)));
      expect(answer.statusCode, answer.body).toBe(201);
      expect(await mine()).toHaveLength(earlier.length + 1);
      expect((await everything(service)).tables).not.toEqual(before.tables);

      // Cancelled, so that every other test finds the same seats and tickets free.
      const { reservation } = JSON.parse(answer.body);
      expect((await api.cancel(reservation.id, attacker)).status).toBe(200);
      before = await everything(service);
    },
  );
});
