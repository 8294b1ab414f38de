import type { IncomingMessage } from 'node:http';
import type { RealtimeServer } from './types.ts';

const NOTHING = {} as never;

/**
 * Frees what Socket.IO keeps of the handshake of each socket: the HTTP request with its headers, and the token. Idle sockets would
 * keep 3 kB each.
 */
export function forgetHandshakes(io: RealtimeServer): void {
  io.engine.use((request: IncomingMessage, response: { req?: unknown }, next: () => void) => {
    // Engine.IO's stand-in for the response to an upgrade lives as long as the TCP connection.
    if (request.headers.upgrade !== undefined) response.req = undefined;
    next();
  });
  io.on('connection', (socket) => {
    Object.assign(socket.conn, { request: undefined });
    Object.assign(socket, { handshake: NOTHING });
  });
}
