import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import Fastify from 'fastify';
import { afterEach, expect, test, vi } from 'vitest';
import { Door } from '../../../src/plugins/peers/door.ts';
import { Peers } from '../../../src/plugins/peers/peers.ts';
import plugin from '../../../src/plugins/peers/plugin.ts';
import { linkWorkers } from '../../support/workers.ts';

const KEY = 'a key';
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Worker 1, which knows where worker 2 is. */
const peersWith = (port: number): Peers => {
  const [worker] = linkWorkers(1);
  worker?.doors.set(2, port);
  const peers = new Peers(worker);
  ends.push(() => peers.close());
  return peers;
};

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Sends this text, and reads until the connection ends. */
async function answerTo(port: number, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(head);
  return await text(socket);
}

test.each(['GET / HTTP/1.1\r\n', 'POST / HTTP/1.1\r\ncontent-length: 0\r\n'])(
  'a request that announces a trailer is handed on like any other: %j',
  async (line) => {
    const app = createServer((_request, response) => response.end('by worker 2'));
    const door = new Door(app, KEY, async () => undefined);
    ends.push(() => door.close());
    const peers = peersWith(await door.open());
    const front = createServer({ optimizeEmptyRequests: true }, (request, response) => {
      // What is thrown here ends a worker.
      try {
        peers.forward(2, request, response, () => response.end('by worker 1'));
      } catch (error) {
        response.end(String(error));
      }
    });
    const head = `${line}host: localhost\r\ntrailer: x\r\nconnection: close\r\n\r\n`;
    expect(await answerTo(await listen(front), head)).toMatch(/\r\n\r\n.*by worker 2/s);
  },
);

test('a request that was handed on is not handed on again', async () => {
  const peers = [1, 2].map((number) => {
    const worker = linkWorkers(2)[number - 1];
    const own = new Peers(worker);
    ends.push(() => own.close());
    return { own, worker, other: 3 - number };
  });
  for (const { own, worker, other } of peers) {
    const app = createServer((request, response) =>
      own.forward(other, request, response, () => response.end(`by worker ${worker?.number}`)),
    );
    const door = new Door(app, KEY, async () => undefined);
    ends.push(() => door.close());
    peers[other - 1]?.worker?.doors.set(3 - other, await door.open());
    if (other === 2) continue;
    const front = await listen(app);
    const head = 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
    expect(await answerTo(front, head)).toMatch(/by worker 1/);
  }
});

test('a door that can not be opened ends the start, so that the primary does not wait for it', async () => {
  const opened = vi.spyOn(Door.prototype, 'open').mockRejectedValue(new Error('EMFILE'));
  const app = Fastify();
  await app.register(plugin, { worker: linkWorkers(1)[0] });
  await expect(app.listen({ host: '127.0.0.1', port: 0 })).rejects.toThrow('EMFILE');
  opened.mockRestore();
  await app.close();
});
