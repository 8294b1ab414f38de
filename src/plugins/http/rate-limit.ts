import type { preHandlerHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import { Problem } from '../../errors/problem.ts';

const MINUTE_MS = 60_000;
/** Users whose requests are counted. Beyond them, those who were silent for the longest time start anew. */
const USERS = 50_000;

/** A minute that begins with the first request of a user. */
interface Minute {
  begun: number;
  requests: number;
}

/**
 * Limits the requests of one user on one instance. Requests are counted by user and not by address: a whole company or campus
 * shares one address, and public pages cost next to nothing. A service acts for all users, so it has no limit.
 *
 * @fastify/rate-limit takes five promises a request, for a store that may be far away. All routes share their counters here.
 */
export default fp<{ requestsPerMinute: number }>(
  async (app, { requestsPerMinute }) => {
    // Counted by size: `max` would take the memory of all of them at the start.
    const minutes = new LRUCache<string, Minute>({ maxSize: USERS, sizeCalculation: () => 1 });

    function minuteOf(userId: string, now: number): Minute {
      const known = minutes.get(userId);
      if (known && now - known.begun < MINUTE_MS) return known;
      const minute = { begun: now, requests: 0 };
      minutes.set(userId, minute);
      return minute;
    }

    const limit: preHandlerHookHandler = ({ user }, reply, done) => {
      if (user.role === 'service') return done();
      const now = performance.now();
      const minute = minuteOf(user.userId, now);
      minute.requests++;
      const seconds = Math.ceil((MINUTE_MS - (now - minute.begun)) / 1_000);
      reply.header('x-ratelimit-limit', requestsPerMinute);
      reply.header('x-ratelimit-remaining', Math.max(0, requestsPerMinute - minute.requests));
      reply.header('x-ratelimit-reset', seconds);
      if (minute.requests <= requestsPerMinute) done();
      else done(new Problem('TOO_MANY_REQUESTS', { retryAfter: seconds }));
    };
    app.addHook('onRoute', (route) => {
      const auth = route.config?.auth;
      if (auth === undefined || auth === 'public') return;
      route.preHandler = [...[route.preHandler ?? []].flat(), limit];
    });
  },
  { name: 'limits', dependencies: ['auth'] },
);
