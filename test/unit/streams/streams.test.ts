import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '../../../src/errors/problem.ts';
import { openEventStream, openWebSocket, type StreamClient, upgradeAnswer } from '../../support/streams.ts';
import { eventually } from '../../support/wait.ts';
import { startStreams } from './live-double.ts';

type Started = Awaited<ReturnType<typeof startStreams>>;
const started: Started[] = [];
const clients: { close(): void }[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.close();
});
// All at once: each takes its time, in case a request is still on its way.
afterAll(() => Promise.all(started.map(({ app }) => app.close())));

async function start(limits?: Parameters<typeof startStreams>[0]): Promise<Started> {
  const streams = await startStreams(limits);
  started.push(streams);
  return streams;
}

function kept<Client extends { close(): void }>(client: Client): Client {
  clients.push(client);
  return client;
}

const kinds = [
  ['Server-Sent Events', async (url: string) => kept(await openEventStream(url))],
  ['a WebSocket', async (url: string) => kept(await openWebSocket(url))],
] as const;

const told = (client: StreamClient, count: number) =>
  eventually(() => {
    expect(client.messages.length).toBeGreaterThanOrEqual(count);
    return client.messages;
  });

/** The kernel takes up to 10 MB for a client that doesn't read, and another one reads all of it. */
const FILLED_WITHIN_MS = 30_000;

/** A connection that sends these lines, notes how it is answered, and reads nothing more. */
async function deafConnection(url: string, ...lines: string[]): Promise<Socket> {
  const { port, pathname } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  kept({ close: () => socket.destroy() });
  socket.on('error', () => undefined);
  socket.write([`GET ${pathname} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n'));
  const [head] = await once(socket, 'data');
  expect(String(head)).toMatch(/^HTTP\/1\.1 (200|101) /);
  socket.pause();
  return socket;
}

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

describe.each(kinds)('%s', (_kind, open) => {
  test('tells the version first, then each change, in the order of versions', async () => {
    const { live, url } = await start();
    const { eventId } = live;
    const client = await open(url);
    live.tick([[3, 1]]);
    live.tick([
      [3, 2],
      [4, 1],
    ]);
    expect(await told(client, 3)).toEqual([
      { type: 'version', eventId, version: 10, layout: 1 },
      { type: 'changes', ...live.changes(10, 11, [[3, 1]]) },
      {
        type: 'changes',
        ...live.changes(11, 12, [
          [3, 2],
          [4, 1],
        ]),
      },
    ]);
  });

  test('resumes after `since` with everything that was missed', async () => {
    const { live, url } = await start();
    live.missed = async (since) => live.changes(since, 10, [[7, 2]]);
    const client = await open(`${url}?since=4`);
    live.tick();
    expect(await told(client, 2)).toEqual([
      { type: 'changes', ...live.changes(4, 10, [[7, 2]]) },
      { type: 'changes', ...live.changes(10, 11, [[0, 1]]) },
    ]);
  });

  test('tells the version alone to a client that has missed nothing', async () => {
    const { live, url } = await start();
    const client = await open(`${url}?since=10`);
    expect(await told(client, 1)).toEqual([
      { type: 'version', eventId: live.eventId, version: 10, layout: 1 },
    ]);
  });

  test('tells the version alone to a client that was ahead of this instance', async () => {
    const { live, url } = await start();
    live.missed = async (since) => {
      live.version = since;
      return live.changes(since, since);
    };
    const client = await open(`${url}?since=12`);
    live.tick();
    expect(await told(client, 2)).toEqual([
      { type: 'version', eventId: live.eventId, version: 12, layout: 1 },
      { type: 'changes', ...live.changes(12, 13, [[0, 1]]) },
    ]);
  });

  test('what changes while the missed changes are read comes after them, once', async () => {
    const { live, url } = await start();
    const asked = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    live.missed = async (since) => {
      asked.resolve();
      await read.promise;
      return live.changes(since, 11, [[7, 2]]);
    };
    const opening = open(`${url}?since=4`);
    await asked.promise;
    live.tick();
    live.tick();
    read.resolve();
    expect(await told(await opening, 2)).toEqual([
      { type: 'changes', ...live.changes(4, 11, [[7, 2]]) },
      { type: 'changes', ...live.changes(11, 12, [[0, 1]]) },
    ]);
  });

  test('a client that was away too long starts anew', async () => {
    const { live, url } = await start();
    const client = await open(`${url}?since=4`);
    live.tick();
    expect(await told(client, 2)).toEqual([
      { type: 'reset', eventId: live.eventId, version: 10, layout: 1 },
      { type: 'changes', ...live.changes(10, 11, [[0, 1]]) },
    ]);
  });

  test('what clients of the same version missed is read once, and again for one who came after the read began', async () => {
    const { live, url } = await start();
    const read = Promise.withResolvers<void>();
    let reads = 0;
    live.missed = async (since) => {
      const { version } = live;
      reads++;
      await read.promise;
      return live.changes(since, version, [[7, 2]]);
    };
    const early = [open(`${url}?since=4`), open(`${url}?since=4`)];
    await eventually(() => expect(live.watchers).toBe(2));
    expect(reads).toBe(1);
    live.tick();
    const late = open(`${url}?since=4`);
    await eventually(() => expect(live.watchers).toBe(3));
    read.resolve();
    const [first, second, third] = await Promise.all([...early, late]);
    for (const client of [first, second] as StreamClient[])
      expect((await told(client, 2)).map(({ version }) => version)).toEqual([10, 11]);
    expect((await told(third as StreamClient, 1)).map(({ version }) => version)).toEqual([11]);
    expect(reads).toBe(2);
  });

  test('a client starts anew when too many ask for what they missed', async () => {
    const { live, url } = await start();
    live.missed = async () => {
      throw new Problem('TOO_MANY_REQUESTS');
    };
    const client = await open(`${url}?since=4`);
    expect(await told(client, 1)).toMatchObject([{ type: 'reset', version: 10 }]);
  });

  test('is not told that the version went back by an instance that cannot catch up with it', async () => {
    const { live, url } = await start();
    live.missed = async () => {
      throw new Problem('SERVICE_UNAVAILABLE');
    };
    const client = await open(`${url}?since=12`);
    expect(await told(client, 1)).toMatchObject([{ type: 'version', version: 10 }]);
  });

  test('everyone starts anew when the layout has changed', async () => {
    const { live, url } = await start();
    const client = await open(url);
    live.reset();
    live.tick();
    const [, reset, changes] = await told(client, 3);
    expect(reset).toEqual({ type: 'reset', eventId: live.eventId, version: 11, layout: 2 });
    expect(changes).toMatchObject({ type: 'changes', from: 11, version: 12, layout: 2 });
  });

  test('keeps the event in memory while it is open', async () => {
    const { live, url } = await start();
    const client = await open(url);
    expect(live.watchers).toBe(1);
    client.close();
    await eventually(() => expect(live.watchers).toBe(0));
  });

  test('ends at once when the instance stops', async () => {
    const { app, url } = await start();
    const client = await open(url);
    // No time limit of the instance ends it.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const closed = app.close();
    expect(await client.ended).toBe('socket' in client ? 1001 : 0);
    await closed;
  });

  test('is logged and counted as a stream, and is no slow request', async () => {
    const { app, lines, url } = await start();
    const client = await open(url);
    const kind = 'socket' in client ? 'websocket' : 'sse';
    expect((await app.metrics.text()).split('\n')).toContain(`tiketi_live_connections{kind="${kind}"} 1`);
    await app.close();
    await eventually(() => expect(lines.map(({ msg }) => msg)).toEqual(['listening', 'stream ended']));
    expect(lines[1]).toMatchObject({ kind, url: new URL(url).pathname, seconds: expect.any(Number) });
    const text = await app.metrics.text();
    expect(text).toContain(`\ntiketi_live_connections{kind="${kind}"} 0\n`);
    expect(text).not.toMatch(/^tiketi_http_request_seconds_count\{route="\/api\/v1\/live/m);
  });
});

describe('Server-Sent Events', () => {
  test('say how they must be kept and read, and when to connect again', async () => {
    const { url } = await start();
    const client = kept(await openEventStream(url));
    await told(client, 1);
    const { headers, text } = client;
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    });
    expect(headers).not.toHaveProperty('content-encoding');
    const [, retry] = /^retry: (\d+)\n\n/.exec(text) ?? [];
    expect(Number(retry)).toBeGreaterThanOrEqual(1_000);
    expect(Number(retry)).toBeLessThan(3_000);
  });

  test('resume after Last-Event-ID, which is newer than `since` in the address', async () => {
    const { live, url } = await start();
    live.missed = async (since) => live.changes(since, 10);
    const client = kept(await openEventStream(`${url}?since=4`, { 'last-event-id': '8' }));
    const [first] = await told(client, 1);
    expect(first).toMatchObject({ type: 'changes', from: 8, version: 10 });
  });

  test.each([
    ['-1', {}],
    ['x', {}],
    ['1', { 'last-event-id': 'x' }],
  ])('refuse the version %s with the headers %j', async (since, headers) => {
    const { url } = await start();
    expect(kept(await openEventStream(`${url}?since=${since}`, headers)).status).toBe(400);
  });

  test('have a HEAD, which opens no stream', async () => {
    const { url, live } = await start();
    const answer = await fetch(url, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(live.watchers).toBe(0);
    expect((await fetch(url.replace(/.$/, 'z'), { method: 'HEAD' })).status).toBe(400);
  });

  test('opened on an open connection while the instance stops end at once', async () => {
    const { app, url } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    kept({ close: () => socket.destroy() });
    const get = `GET ${new URL(url).pathname} HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(`HEAD${get.slice(3)}`);
    await once(socket, 'data');
    const closed = app.close();
    socket.write(get);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'end');
    expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*retry: \d+[\s\S]*\r\n0\r\n\r\n$/);
    await closed;
  });
});

describe('a WebSocket', () => {
  test.each([
    ['any message', 'x', 1008],
    ['a long message', 'x'.repeat(17), 1009],
  ])('is closed when the client sends %s', async (_what, message, code) => {
    const { url } = await start();
    const { socket, ended } = kept(await openWebSocket(url));
    socket.send(message);
    expect(await ended).toBe(code);
  });

  test('is refused by an answer to its upgrade', async () => {
    const { live, url } = await start();
    const at = (id: string) => upgradeAnswer(url.replace(live.eventId, id));
    expect((await at('b64d5c6e-9d0f-4f0e-8d06-0b4f9f3a3a10')).status).toBe(404);
    expect((await at('x')).status).toBe(400);
    expect((await upgradeAnswer(`${url}?since=x`)).status).toBe(400);
    expect((await upgradeAnswer(`${url}/`)).status).toBe(101);
  });

  test('whose handshake is not valid is not counted', async () => {
    const { url, live } = await start({ connectionsPerAddress: 1 });
    const bad = UPGRADE.map((line) => line.replace(/Key: .*/, 'Key: x'));
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write([`GET ${new URL(url).pathname} HTTP/1.1`, 'Host: x', ...bad, '', ''].join('\r\n'));
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 400 /);
    await eventually(() => expect(live.watchers).toBe(0));
    expect((await upgradeAnswer(url)).status).toBe(101);
  });
});

describe('the limits', () => {
  test.each([
    ['of an address', { connectionsPerAddress: 2 }, 429],
    ['of the instance', { connections: 2 }, 503],
  ])(
    '%s hold for both kinds together, and a closed connection leaves room',
    async (_what, limits, status) => {
      const { url } = await start(limits);
      const first = kept(await openEventStream(url));
      kept(await openWebSocket(url));
      const refused = await fetch(url);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([status, '10']);
      const upgrade = await upgradeAnswer(url);
      expect([upgrade.status, upgrade.headers['retry-after']]).toEqual([status, '10']);
      first.close();
      await eventually(async () => expect((await upgradeAnswer(url)).status).toBe(101));
    },
  );
});

describe('a client that does not read', () => {
  test.each([
    ['sse', []],
    ['websocket', UPGRADE],
  ])('is disconnected before it costs 1 MB: %s', async (kind, lines) => {
    const { app, live, url } = await start();
    const accepted = once(app.server, 'connection') as Promise<[Socket]>;
    const deaf = await deafConnection(url, ...lines);
    const reader = kept(await openEventStream(url));
    const [serverSide] = await accepted;
    const seats = Array.from({ length: 5_000 }, (_, index): [number, 1] => [index, 1]);
    let most = 0;
    await eventually(
      () => {
        live.tick(seats);
        most = Math.max(most, serverSide.writableLength);
        expect(serverSide.destroyed).toBe(true);
      },
      { interval: 1, timeout: FILLED_WITHIN_MS },
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(1_000_000);
    expect(await app.metrics.text()).toContain(`\ntiketi_live_dropped_total{kind="${kind}"} 1\n`);
    deaf.destroy();
    // One that reads goes on.
    const { version } = live;
    await eventually(() => expect(reader.messages.at(-1)?.version).toBe(version));
  });

  test('does not keep an instance from stopping', async () => {
    const { app, live, url } = await start();
    const accepted = once(app.server, 'connection') as Promise<[Socket]>;
    await deafConnection(url);
    const [serverSide] = await accepted;
    const seats = Array.from({ length: 5_000 }, (_, index): [number, 1] => [index, 1]);
    await eventually(
      () => {
        live.tick(seats);
        expect(serverSide.writableLength).toBeGreaterThan(64 * 1024);
      },
      { interval: 1, timeout: FILLED_WITHIN_MS },
    );
    const begun = performance.now();
    await app.close();
    // Without its limit of half a second: 8 s.
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('starts anew if it missed more than it may leave unread: the next packet would end it each time', async () => {
    const { live, url } = await start();
    const seats = Array.from({ length: 50_000 }, (_, index): [number, 1] => [index, 1]);
    live.missed = async (since) => live.changes(since, 10, seats);
    const client = kept(await openEventStream(`${url}?since=4`));
    const [first] = await told(client, 1);
    expect(first).toEqual({ type: 'reset', eventId: live.eventId, version: 10, layout: 1 });
  });
});

describe('every 15 seconds', () => {
  test('a stream gets a comment, and a WebSocket a ping', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { url } = await start();
    const client = kept(await openEventStream(url));
    const socket = await deafConnection(url, ...UPGRADE);
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
    });
    socket.resume();
    vi.advanceTimersByTime(15_000);
    await eventually(() => expect(client.text).toMatch(/\n\n:\n\n$/));
    // An unmasked ping without a payload.
    await eventually(() => expect(bytes.includes(Buffer.from([0x89, 0]))).toBe(true));
    // It was not answered.
    vi.advanceTimersByTime(15_000);
    await once(socket, 'close');
  });

  test('a WebSocket whose client answers stays open', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { live, url } = await start();
    const client = kept(await openWebSocket(url));
    for (let minute = 0; minute < 4; minute++) {
      vi.advanceTimersByTime(15_000);
      live.tick();
      // The answer to the ping is on its way before the next one: the packet after the ping has arrived.
      await eventually(() => expect(client.messages.at(-1)?.version).toBe(live.version));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });
});
