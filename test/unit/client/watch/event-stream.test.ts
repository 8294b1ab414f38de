import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TiketiError } from '../../../../src/client/error.ts';
import { followStream } from '../../../../src/client/watch/event-stream.ts';
import { sseParser } from '../../../../src/client/watch/sse-parser.ts';
import type { News } from '../../../../src/client/watch/types.ts';
import { eventually } from '../../../support/wait.ts';

const servers: Server[] = [];
// Reconnects at once.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Starts a server whose n-th connection is served by the n-th function, and every further one by the last. */
async function follow(
  answers: ((response: ServerResponse) => void)[],
  {
    silenceMs = 10_000,
    fetch = globalThis.fetch,
  }: { silenceMs?: number; fetch?: typeof globalThis.fetch } = {},
) {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    answer?.(response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const heard: News[] = [];
  const errors: TiketiError[] = [];
  const end = new AbortController();
  const ended = followStream({
    url: `http://127.0.0.1:${port}/live`,
    headers: { 'accept-language': 'en' },
    fetch,
    since: () => heard.at(-1)?.version,
    receive: (news) => heard.push(news),
    onError: (error) => errors.push(error),
    signal: end.signal,
    silenceMs,
  });
  onTestFinished(() => end.abort());
  return { asked, heard, errors, end, ended };
}

const open = (response: ServerResponse, ...events: object[]) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`: 안녕\n\n${events.map((event) => `id: 1\ndata: ${JSON.stringify(event)}\n\n`).join('')}`);
};
const version = (number: number) => ({ type: 'version', eventId: 'e', version: number, layout: 1 });

describe('a stream', () => {
  it('goes on where it was after an end, and after a break, which it tells', async () => {
    const { asked, heard, errors } = await follow([
      (response) => {
        open(response, version(3));
        response.end();
      },
      (response) => {
        open(response, version(5));
        setImmediate(() => response.destroy());
      },
      (response) => open(response, version(8)),
    ]);
    await eventually(() => expect(heard.map((news) => news.version)).toEqual([3, 5, 8]));
    expect(asked).toEqual(['/live', '/live?since=3', '/live?since=5']);
    expect(errors.map(({ code }) => code)).toEqual(['NETWORK_ERROR']);
  });

  it('leaves a connection that has fallen silent, and keeps one whose comments arrive', async () => {
    const silenceMs = 1_000;
    // The time of the test: a machine that is busy is silent as well.
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    let connection: ServerResponse | undefined;
    let chunks = 0;
    const { asked, heard, errors } = await follow(
      [
        (response) => open(response, version(1)),
        (response) => {
          open(response, version(2));
          connection = response;
        },
      ],
      {
        silenceMs,
        async fetch(request) {
          const response = await fetch(request);
          const transform = (chunk: unknown, body: TransformStreamDefaultController) => {
            body.enqueue(chunk);
            chunks++;
          };
          return new Response(response.body?.pipeThrough(new TransformStream({ transform })), response);
        },
      },
    );
    await eventually(() => expect(heard).toHaveLength(1));
    vi.advanceTimersByTime(silenceMs * 1.5);
    await eventually(() => expect(heard).toHaveLength(2));
    for (let beat = 0; beat < 5; beat++) {
      vi.advanceTimersByTime(silenceMs / 2);
      const before = chunks;
      connection?.write(':\n\n');
      await eventually(() => expect(chunks).toBeGreaterThan(before));
    }
    connection?.write(`data: ${JSON.stringify(version(4))}\n\n`);
    await eventually(() => expect(heard.map((news) => news.version)).toEqual([1, 2, 4]));
    expect(asked).toHaveLength(2);
    expect(errors).toMatchObject([{ code: 'NETWORK_ERROR' }]);
    expect(errors[0]?.message).toContain('silent');
  });

  it('tells why it was refused, and tries again', async () => {
    const { heard, errors } = await follow([
      (response) => {
        response.writeHead(503, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ code: 'SERVICE_UNAVAILABLE', error: '잠시 후', requestId: 'r' }));
      },
      (response) => open(response, version(1)),
    ]);
    await eventually(() => expect(heard).toHaveLength(1));
    expect(errors).toMatchObject([{ code: 'SERVICE_UNAVAILABLE', status: 503, message: '잠시 후' }]);
  });

  it('waits an hour at most, and does not ask without pause, if it is told to wait for more than a timer can', async () => {
    const { asked, end, ended } = await follow([
      (response) => response.writeHead(503, { 'retry-after': '2147484' }).end(),
      (response) => open(response, version(1)),
    ]);
    await eventually(() => expect(asked).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toHaveLength(1);
    end.abort();
    await ended;
  });

  it('ends with its signal, also while it waits', async () => {
    const { asked, end, ended, errors } = await follow([(response) => open(response, version(1))]);
    await eventually(() => expect(asked).toHaveLength(1));
    end.abort();
    await ended;
    expect(errors).toEqual([]);
  });
});

it('an event is read whole, wherever the network cuts it and however its lines end', () => {
  const events = fc.array(fc.array(fc.stringMatching(/^[a-z가-힣 ]{0,5}$/), { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(events, fc.constantFrom('\n', '\r\n', '\r'), fc.array(fc.nat(20)), (events, end, cuts) => {
      const lines = events.flatMap((data) => [
        ': 15 s',
        '',
        'event: x',
        ...data.map((line) => `data: ${line}`),
        '',
      ]);
      // The text after the last line shows that the last event ended.
      let text = `${lines.map((line) => line + end).join('')}: end`;
      const parse = sseParser();
      const read: string[] = [];
      for (const cut of cuts) {
        read.push(...parse(text.slice(0, cut)));
        text = text.slice(cut);
      }
      expect([...read, ...parse(text)]).toEqual(events.map((data) => data.join('\n')));
    }),
  );
});
