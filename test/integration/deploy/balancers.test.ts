import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Balancer, provideBalancer, startBalancer } from '../../support/balancers.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { openSockets } from '../../support/sockets.ts';
import { openEventStream } from '../../support/streams.ts';
import { eventually } from '../../support/wait.ts';

const PAGE = 'https://tickets.example';
/** EDGE_CACHE_SECONDS, and as long again for a reader that is answered while the next state is asked for. */
const FRESH_WITHIN_MS = 2_000;
/** Both balancers send a new visitor to any instance, so that all of these go to one only once in 30,000 runs. */
const VISITORS = 16;

interface Arrival {
  instance: number;
  method: string | undefined;
  url: string;
  headers: IncomingHttpHeaders;
}

/** An answer to a request on a connection of its own, from an address of this machine. */
async function send(url: string, options: RequestOptions = {}, body?: string) {
  const sent = request(url, { agent: false, ...options });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { sent, answer, status: answer.statusCode, headers: answer.headers };
}

async function read(url: string, options?: RequestOptions, body?: string) {
  const { answer, status, headers } = await send(url, options, body);
  return { status, headers, body: await text(answer) };
}

const programs = { nginx: provideBalancer('nginx'), haproxy: provideBalancer('haproxy') };

let service: Service;
/** Those of the two instances. A test starts and stops another one. */
let origins: string[];
const arrivals: Arrival[] = [];

beforeAll(async () => {
  service = await startService({
    instances: 2,
    env: { FRONTEND_URL: PAGE, TRUST_PROXY: 'true', LIVE_CONNECTIONS_PER_ADDRESS: '1' },
  });
  origins = [...service.origins];
  for (const [instance, { server }] of service.apps.entries()) {
    server.prependListener('request', ({ method, url = '', headers }) => {
      arrivals.push({ instance, method, url, headers });
    });
  }
});
afterAll(() => service?.stop());

const instancesOf = (part: string) =>
  new Set(arrivals.filter(({ url }) => url.includes(part)).map(({ instance }) => instance));

for (const [name, network] of [
  ['nginx', '127.0.1'],
  ['haproxy', '127.0.2'],
] as const) {
  const program = programs[name];

  describe.skipIf(program === undefined)(`two instances behind deploy/${name}`, () => {
    let balancer: Balancer;
    const open: (() => unknown)[] = [];

    beforeAll(async () => {
      balancer = await startBalancer(name, program as string, origins);
    });
    beforeEach(() => void arrivals.splice(0));
    afterEach(async () => {
      for (const close of open.splice(0).reverse()) await close();
    });
    afterAll(() => balancer?.stop());

    test('a session that polls stays on one instance, and sessions use both', async () => {
      const polling = `${balancer.origin}/socket.io/?EIO=4&transport=polling`;
      const sids = await Promise.all(
        Array.from({ length: VISITORS }, async (_, visitor) => {
          const from = { localAddress: `${network}.${2 + visitor}` };
          const opened = await read(polling, from);
          // 0{"sid":"…",…}
          expect(opened).toMatchObject({ status: 200, body: expect.stringMatching(/^0\{/) });
          const { sid } = JSON.parse(opened.body.slice(1)) as { sid: string };
          const session = `${polling}&sid=${sid}`;
          const token = JSON.stringify({ token: service.token() });
          const post = { method: 'POST', headers: { 'content-type': 'text/plain;charset=UTF-8' }, ...from };
          expect(await read(session, post, `40${token}`)).toMatchObject({ status: 200, body: 'ok' });
          // Answered when the instance has something to say: that the session has begun.
          expect(await read(session, from)).toMatchObject({
            status: 200,
            body: expect.stringMatching(/^40/),
          });
          // The end of the session.
          expect(await read(session, post, '1')).toMatchObject({ status: 200, body: 'ok' });
          return sid;
        }),
      );
      for (const sid of sids) expect(instancesOf(sid).size).toBe(1);
      expect(instancesOf('/socket.io/').size).toBe(2);
    });

    test('a socket begins by polling and goes on as a WebSocket, or is one from the beginning', async () => {
      const { eventId } = await service.seedEvent({ seats: 1 });
      for (const transports of [['polling', 'websocket'], ['websocket']]) {
        const sockets = openSockets(service.token);
        const { send: say, socket } = await sockets.connect(balancer.origin, { transports });
        await eventually(() => expect(socket.io.engine.transport.name).toBe('websocket'));
        expect(await say('join-event', { eventId })).toMatchObject({ ok: true });
        expect(sockets.close()).toEqual([]);
      }
    });

    test('sessions begin although an instance has just gone', async () => {
      let checks = 0;
      const going = createServer((_request, answer) => {
        checks++;
        answer.end();
      });
      await once(going.listen(0, '127.0.0.1'), 'listening');
      const { port } = going.address() as AddressInfo;
      const front = await startBalancer(name, program as string, [`http://127.0.0.1:${port}`, ...origins]);
      open.push(() => front.stop());
      // nginx learns of instances by requests alone.
      if (name === 'haproxy') await eventually(() => expect(checks).toBeGreaterThan(1));
      going.closeAllConnections();
      going.close();
      const begun = Array.from({ length: VISITORS }, (_, visitor) =>
        read(`${front.origin}/socket.io/?EIO=4&transport=polling`, {
          localAddress: `${network}.${2 + visitor}`,
        }),
      );
      for (const { status } of await Promise.all(begun)) expect(status).toBe(200);
    });

    test('a live stream brings each change when it happens', async () => {
      const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
      const stream = await openEventStream(`${balancer.origin}/api/v1/live/${eventId}`);
      open.push(() => stream.close());
      await eventually(() => expect(stream.messages).toHaveLength(1));
      for (const [index, seatId] of seatIds.entries()) {
        const { status } = await ask(balancer.origin, {
          ...{ method: 'POST', url: '/api/v1/seats/reserve', payload: { eventId, seatIds: [seatId] } },
          headers: service.as(),
        });
        expect(status).toBe(201);
        await eventually(() => expect(stream.messages.length).toBeGreaterThanOrEqual(index + 2));
      }
    });

    test('limits count by the real address, whatever a client claims', async () => {
      const { eventId } = await service.seedEvent({ seats: 1 });
      async function stream(address: string, claimed: string): Promise<number | undefined> {
        const { sent, status } = await send(`${balancer.origin}/api/v1/live/${eventId}`, {
          localAddress: address,
          headers: { accept: 'text/event-stream', 'x-forwarded-for': claimed },
        });
        open.push(() => sent.destroy());
        return status;
      }
      // One for each instance.
      expect(await stream(`${network}.1`, '192.0.2.1')).toBe(200);
      expect(await stream(`${network}.1`, '192.0.2.2')).toBe(200);
      expect(await stream(`${network}.1`, '192.0.2.3')).toBe(429);
      expect(await stream(`${network}.2`, `${network}.1`)).toBe(200);
    });

    test('a list in the cache reaches the service once a second, and is never older', async () => {
      const { eventId } = await service.seedEvent({ title: 'before' });
      const url = `${balancer.origin}/api/v1/events/${eventId}`;
      const list = async (headers: Record<string, string> = {}) => await read(url, { headers });
      const title = async () => JSON.parse((await list()).body).event.title as string;
      const first = await list({ origin: PAGE });
      expect(first.headers['access-control-allow-origin']).toBe(PAGE);
      expect(first.headers['cache-control']).toBe('public, max-age=0, s-maxage=1, stale-while-revalidate=5');
      expect(first.headers.vary).toBe('Origin, Accept-Encoding');
      expect((await list({ origin: 'https://evil.example' })).headers).not.toHaveProperty(
        'access-control-allow-origin',
      );
      const known = await list({ origin: PAGE, 'if-none-match': String(first.headers.etag) });
      expect([known.status, known.body]).toEqual([304, '']);

      await eventually(async () => {
        arrivals.splice(0);
        for (let reads = 0; reads < 20; reads++) expect(await title()).toBe('before');
        expect(arrivals.filter(({ url }) => url.includes(eventId)).length).toBeLessThanOrEqual(1);
      });
      await service.db.updateTable('events').set({ title: 'after' }).where('id', '=', eventId).execute();
      await service.refresh();
      const changed = performance.now();
      await eventually(async () => {
        const asked = performance.now();
        if ((await title()) !== 'after') {
          expect(asked - changed).toBeLessThan(FRESH_WITHIN_MS);
          throw new Error('still the old state');
        }
      });
    });

    test('an instance that stops costs no request', async () => {
      const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100_000] });
      const payload = { eventId, items: [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }] };
      const other = await service.startAnother();
      let reached = 0;
      other.server.prependListener('request', ({ method }) => {
        if (method === 'POST') reached++;
      });
      const front = await startBalancer(name, program as string, [service.origin, other.listeningOrigin]);
      open.push(() => front.stop());
      const answers: number[] = [];
      let ended = false;
      async function buy(): Promise<void> {
        const order = {
          method: 'POST',
          url: '/api/v1/reservations',
          headers: service.as(),
          payload,
        } as const;
        answers.push((await ask(front.origin, order)).status);
      }
      const buyers = Array.from({ length: 4 }, async () => {
        while (!ended) await buy();
      });
      try {
        await eventually(() => expect(reached).toBeGreaterThan(5));
        other.stopping.begun = true;
        // In the delay before an instance ends, each answer closes its connection. nginx, which doesn't hear of the end, uses those that
        // it has kept first.
        const before = reached;
        if (name === 'nginx') await eventually(() => expect(reached).toBeGreaterThan(before + 8));
        await other.close();
        const sofar = answers.length;
        await eventually(() => expect(answers.length).toBeGreaterThan(sofar + 10));
      } finally {
        ended = true;
        await Promise.all(buyers);
      }
      expect(answers.filter((status) => status !== 201 && status !== 429)).toEqual([]);
    });

    test.runIf(name === 'haproxy')(
      'an instance that is not ready gets no request, unless none is',
      async () => {
        const [first, second] = service.apps as [FastifyInstance, FastifyInstance];
        open.push(() => {
          first.stopping.begun = false;
          second.stopping.begun = false;
        });
        first.stopping.begun = true;
        const mine = () => ask(balancer.origin, { url: '/api/v1/reservations/my', headers: service.as() });
        await eventually(async () => {
          arrivals.splice(0);
          for (let requests = 0; requests < 10; requests++) expect((await mine()).status).toBe(200);
          expect(instancesOf('/reservations/my')).toEqual(new Set([1]));
        });
        second.stopping.begun = true;
        await eventually(async () => {
          arrivals.splice(0);
          for (let requests = 0; requests < 10; requests++) expect((await mine()).status).toBe(200);
          expect(instancesOf('/reservations/my')).toEqual(new Set([0, 1]));
        });
      },
    );

    test('the configuration is taken without a complaint', () => expect(balancer.complaints()).toBe(''));
  });
}
