import fp from 'fastify-plugin';

const LOOK_AGAIN_MS = 50;

/**
 * Lets the server end as soon as what is under way is answered. Node closes the connections that are idle when the end begins; one
 * that becomes idle later would be kept alive for more than a minute.
 */
export default fp(
  async (app) => {
    let closing = false;
    app.addHook('preClose', async () => {
      closing = true;
      const looking = setInterval(() => app.server.closeIdleConnections(), LOOK_AGAIN_MS);
      app.server.once('close', () => clearInterval(looking));
      // Closed without ever having listened, as in a test: there is nothing to wait for.
      looking.unref();
    });
    app.addHook('onSend', async (_request, reply) => {
      if (closing) reply.header('connection', 'close');
    });
  },
  { name: 'closing' },
);
