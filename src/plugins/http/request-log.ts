import fp from 'fastify-plugin';

/** One line a request, when it is answered; Fastify's own two would double what a rush writes. */
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
        },
        'request',
      );
      done();
    });
  },
  { name: 'request-log' },
);
