import { EventEmitter, once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type ServerOpts, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Problem } from '../../../src/errors/problem.ts';
import { isUnavailable } from '../../../src/errors/unavailable.ts';
import { Door } from '../../../src/plugins/peers/door.ts';
import { Lines } from '../../../src/plugins/peers/lines.ts';
import { answerLink, type Link, LinkLost } from '../../../src/plugins/peers/link.ts';
import { Links } from '../../../src/plugins/peers/links.ts';
import { eventually } from '../../support/wait.ts';
import { type LinkedWorker, linkWorkers } from '../../support/workers.ts';

type Answer = (question: string, value: unknown) => Promise<unknown>;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function openDoor(answer: Answer, key = 'a key'): Promise<{ door: Door; port: number }> {
  const door = new Door(createHttp(), key, answer as never);
  ends.push(() => door.close());
  return { door, port: await door.open() };
}

/** Worker 1, which knows where worker 2 is. */
function workerWith(port: number): { worker: LinkedWorker; links: Links } {
  const [worker] = linkWorkers(1) as [LinkedWorker];
  worker.live.set(2, port);
  const links = new Links(worker);
  ends.push(() => links.end());
  return { worker, links };
}

const readyLink = (links: Links): Promise<Link> =>
  eventually(() => {
    const link = links.to(2);
    expect(link).toBeDefined();
    return link as Link;
  });

test('questions that are asked together get each its own answer', async () => {
  const { port } = await openDoor(async (question, value) => [question, value]);
  const link = await readyLink(workerWith(port).links);
  // The text is long enough to arrive in pieces.
  const values = Array.from({ length: 50 }, (_, index) => ({ index, text: '좌석'.repeat(2_000) }));
  const answers = await Promise.all(values.map((value) => link.ask('hold', value)));
  expect(answers).toEqual(values.map((value) => ['hold', value]));
});

test('an error of the other worker is answered and logged as one of this worker', async () => {
  const broken = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const errors = [
    new Problem('QUEUE_REQUIRED', { fields: { queue: { position: 3 } }, retryAfter: 7 }),
    new Problem('SERVICE_UNAVAILABLE', { cause: broken }),
    broken,
    new Error('a mistake'),
  ];
  const { port } = await openDoor(async (_question, index) => {
    throw errors[index as number];
  });
  const link = await readyLink(workerWith(port).links);
  const caught = (await Promise.all(
    errors.map((_, index) => link.ask('hold', index).catch((error: Error) => error)),
  )) as Error[];
  expect(caught[0]).toMatchObject({
    code: 'QUEUE_REQUIRED',
    fields: { queue: { position: 3 } },
    retryAfter: 7,
  });
  expect(caught[0]).toBeInstanceOf(Problem);
  expect(caught[1]).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    cause: { message: expect.stringContaining('ECONNREFUSED') },
  });
  expect(caught.map(isUnavailable)).toEqual([false, false, true, false]);
  expect(isUnavailable(caught[1]?.cause)).toBe(true);
  expect(caught[3]?.stack).toBe(errors[3]?.stack);
});

test('questions to a worker that ends or falls silent fail at once', async () => {
  const { door, port } = await openDoor(() => new Promise(() => undefined));
  const { worker, links } = workerWith(port);
  const silent = (await readyLink(links)).ask('hold', 1);
  worker.live.delete(2);
  worker.changed();
  await expect(silent).rejects.toThrow(LinkLost);
  expect(links.to(2)).toBeUndefined();

  worker.live.set(2, port);
  const ended = (await readyLink(links)).ask('hold', 2);
  door.close();
  await expect(ended).rejects.toThrow(LinkLost);
});

test('a worker that hangs is not asked, although the kernel accepts connections for it', async () => {
  const hung = createServer(() => undefined);
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  hung.listen(0, '127.0.0.1', resolve);
  await listening;
  ends.push(() => hung.close());
  const { links } = workerWith((hung.address() as { port: number }).port);
  expect(links.to(2)).toBeUndefined();
  await eventually(() =>
    new Promise<number>((count) => hung.getConnections((_error, open) => count(open))).then((open) =>
      expect(open).toBe(1),
    ),
  );
  expect(links.to(2)).toBeUndefined();
});

test('a door opens for its own workers alone', async () => {
  const { port } = await openDoor(async () => 'secret', 'another key');
  const { links } = workerWith(port);
  expect(links.to(2)).toBeUndefined();
  const { door, port: own } = await openDoor(async () => 'open');
  const known = workerWith(own);
  expect(await (await readyLink(known.links)).ask('hold', 1)).toBe('open');
  expect(links.to(2)).toBeUndefined();
  door.close();
});

/** Listens in place of worker 2. */
async function listen(options: ServerOpts, connected: (socket: Socket) => void): Promise<number> {
  const server = createServer(options, connected);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('a line that comes in thousands of pieces is read in a moment', async () => {
  const socket = Object.assign(new EventEmitter(), { setNoDelay: () => undefined }) as unknown as Socket;
  const heard: string[] = [];
  new Lines(socket, (message: string) => heard.push(message));
  const text = '좌'.repeat(2_000_000);
  const bytes = Buffer.from(`${JSON.stringify([text])}\n`);
  const begun = process.cpuUsage();
  for (let at = 0; at < bytes.length; at += 1_000) socket.emit('data', bytes.subarray(at, at + 1_000));
  expect(heard).toEqual([text]);
  // Not the time, of which other processes take a part.
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1_000).toBeLessThan(2_000);
});

test('an answer that is no message of a worker ends the link alone', async () => {
  const connected = Promise.withResolvers<Socket>();
  const port = await listen({}, connected.resolve);
  const { links } = workerWith(port);
  links.to(2);
  const stranger = await connected.promise;
  stranger.resume().write('HTTP/1.1 400 Bad Request\r\n\r\n');
  await once(stranger, 'close');
});

test('a worker keeps nothing of a link that the other side has ended', async () => {
  const connected = Promise.withResolvers<Socket>();
  // As the connections of an HTTP server.
  const port = await listen({ allowHalfOpen: true }, connected.resolve);
  const { links } = workerWith(port);
  links.to(2);
  const socket = await connected.promise;
  // The head of the request.
  await once(socket, 'data');
  answerLink(socket, async () => undefined);
  const link = await readyLink(links);
  link.end();
  await once(socket, 'close');
});
