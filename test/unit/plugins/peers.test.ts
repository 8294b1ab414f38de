import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { Door } from '../../../src/plugins/peers/door.ts';
import { Peers } from '../../../src/plugins/peers/peers.ts';
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
