import fp from 'fastify-plugin';

/** Sends a browser from `/` to the documentation. Any other client gets the 404 of an unknown path. */
export default fp(
  async (app) => {
    app.get('/', ({ headers }, reply) =>
      headers.accept?.includes('text/html') ? reply.redirect('/docs') : reply.callNotFound(),
    );
  },
  { name: 'root-redirect' },
);
