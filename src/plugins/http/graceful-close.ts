import type { Socket } from 'node:net';
import fp from 'fastify-plugin';

const LOOK_AGAIN_MS = 50;
/** What is not answered by then has run into a time limit of its own, or its client does not read. */
const PATIENCE_MS = 8_000;

/**
 * Lets the server end as soon as what is under way is answered. Node closes the connections that are idle when the end begins; one
 * that becomes idle later, or never asked for anything, would be kept for more than a minute.
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
      const looking = setInterval(() => {
        app.server.closeIdleConnections();
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }, LOOK_AGAIN_MS);
      const impatient = setTimeout(() => app.server.closeAllConnections(), PATIENCE_MS);
      app.server.once('close', () => {
        clearInterval(looking);
        clearTimeout(impatient);
      });
      // Closed without ever having listened, as in a test: there is nothing to wait for.
      looking.unref();
      impatient.unref();
    });
    app.addHook('onSend', (_request, reply, payload, done) => {
      if (closing) reply.header('connection', 'close');
      done(null, payload);
    });
  },
  { name: 'closing' },
);
