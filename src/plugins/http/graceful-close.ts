import type { Socket } from 'node:net';
import fp from 'fastify-plugin';

const CHECK_EVERY_MS = 50;
/** A request still unanswered by then has run into its own time limit, or its client doesn't read. */
const PATIENCE_MS = 8_000;

/**
 * Ends the server as soon as the requests in flight are answered. Node closes only connections that are idle when the close
 * begins. It would keep one that becomes idle later, or never sends a request, for more than a minute.
 */
export default fp(
  async (app) => {
    const sockets = new Set<Socket>();
    app.server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });

    let closing = false;
    app.addHook('preClose', async () => {
      closing = true;
      const checking = setInterval(() => {
        app.server.closeIdleConnections();
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }, CHECK_EVERY_MS);
      const giveUp = setTimeout(() => app.server.closeAllConnections(), PATIENCE_MS);
      app.server.once('close', () => {
        clearInterval(checking);
        clearTimeout(giveUp);
      });
      // A server that never listened, as in a test, emits no 'close'; its timers must not keep the process alive.
      checking.unref();
      giveUp.unref();
    });
    app.addHook('onSend', (_request, reply, payload, done) => {
      if (closing) reply.header('connection', 'close');
      done(null, payload);
    });
  },
  { name: 'closing' },
);
