import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';

/** Clients have nothing to send. */
const MAX_MESSAGE_BYTES = 16;

// No percent sign: a path that can't be decoded is refused before the route, which ends the connection of a refused upgrade.
const PATH = /^\/api\/v1\/live\/[\w-]+\/?(\?|$)/;

/** Whether a request asks for the plain WebSocket of an event. */
export function isStreamUpgrade({ method, url = '', headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && PATH.test(url);
}

/** Lets routes of this instance have a `wsHandler`. @fastify/websocket would take every upgrade, Socket.IO's as well. */
export async function acceptUpgrades(app: FastifyInstance): Promise<void> {
  const relay = new EventEmitter();
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isStreamUpgrade(request)) relay.emit('upgrade', request, socket, head);
  });
  await app.register(websocket, {
    options: { server: relay as Server, maxPayload: MAX_MESSAGE_BYTES, clientTracking: false },
    // The subscriptions close their sockets.
    preClose(done) {
      this.websocketServer.close();
      done();
    },
    // `ws` closes the socket itself.
    errorHandler: (error, _socket, { log }) => log.debug({ err: error }, 'a WebSocket failed'),
  });
}
