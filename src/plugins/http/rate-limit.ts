import rateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { Problem } from '../../errors/problem.ts';

/**
 * Limits the requests of one user on one instance. Requests are counted by user and not by address: a whole company or campus
 * shares one address, and public pages cost next to nothing. A service acts for all users, so it has no limit.
 */
export default fp<{ requestsPerMinute: number }>(
  async (app, { requestsPerMinute }) => {
    await app.register(rateLimit, {
      global: false,
      max: requestsPerMinute,
      timeWindow: 60_000,
      cache: 50_000,
      keyGenerator: ({ user }) => user.userId,
      allowList: ({ user }) => user.role === 'service',
      errorResponseBuilder: (_request, { ttl }) =>
        new Problem('TOO_MANY_REQUESTS', { retryAfter: Math.max(1, Math.ceil(ttl / 1_000)) }),
    });
    // One limiter for all routes, so that they share their counters. A public route never has a user: without the hook it saves two
    // promises, which take 1.5 µs.
    const limit = app.rateLimit();
    app.addHook('onRoute', (route) => {
      const auth = route.config?.auth;
      if (auth === undefined || auth === 'public') return;
      route.preHandler = [...[route.preHandler ?? []].flat(), limit];
    });
  },
  { name: 'limits', dependencies: ['auth'] },
);
