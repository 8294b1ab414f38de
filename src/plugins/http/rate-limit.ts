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
      max: requestsPerMinute,
      timeWindow: 60_000,
      cache: 50_000,
      hook: 'preHandler',
      // Evaluated before the allow list, which exempts requests without a user.
      keyGenerator: (request) => request.user?.userId ?? '',
      allowList: ({ user }, userId) => userId === '' || user.role === 'service',
      errorResponseBuilder: (_request, { ttl }) =>
        new Problem('TOO_MANY_REQUESTS', { retryAfter: Math.max(1, Math.ceil(ttl / 1_000)) }),
    });
  },
  { name: 'limits', dependencies: ['auth'] },
);
