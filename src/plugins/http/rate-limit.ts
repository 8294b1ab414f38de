import rateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { Problem } from '../../errors/problem.ts';

/**
 * How often one user may ask, per instance. By user and not by address: a whole company or campus comes through one address,
 * and public pages cost next to nothing. A service asks for everybody, so it is not counted.
 */
export default fp<{ requestsPerMinute: number }>(
  async (app, { requestsPerMinute }) => {
    await app.register(rateLimit, {
      max: requestsPerMinute,
      timeWindow: 60_000,
      cache: 50_000,
      hook: 'preHandler',
      // Asked for before the list: where there is no user, nothing is counted.
      keyGenerator: (request) => request.user?.userId ?? '',
      allowList: ({ user }, userId) => userId === '' || user.role === 'service',
      errorResponseBuilder: (_request, { ttl }) =>
        new Problem('TOO_MANY_REQUESTS', { retryAfter: Math.max(1, Math.ceil(ttl / 1_000)) }),
    });
  },
  { name: 'limits', dependencies: ['auth'] },
);
