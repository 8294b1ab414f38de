import fp from 'fastify-plugin';

/** Logs one line for each response. Fastify's own two lines would double the log of a rush. */
export default fp(
  async (app) => {
    app.addHook('onResponse', (request, reply, done) => {
      request.log.info(
        {
          method: request.method,
          url: request.url,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          userId: request.user?.userId,
          unavailable: request.unavailable,
        },
        'request',
      );
      done();
    });
  },
  { name: 'request-log' },
);
