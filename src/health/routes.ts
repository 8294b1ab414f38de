import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { sql } from 'kysely';
import { getHealth, getReadiness } from '../contract/routes.ts';

/** A dependency that takes longer than this is down for whoever asks whether traffic may come. */
const PATIENCE_MS = 2_000;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...getHealth,
    logLevel: 'warn',
    handler: () => ({ status: 'ok' as const, service: 'ticket-service' as const, uptime: process.uptime() }),
  });

  app.route({
    ...getReadiness,
    logLevel: 'warn',
    handler: async (_request, reply) => {
      const [postgres, redis] = await Promise.all([
        probe(sql`SELECT 1`.execute(app.db)),
        probe(app.redis.ping()),
      ]);
      const ready = postgres.status === 'up' && redis.status === 'up';
      reply.header('cache-control', 'no-store').code(ready ? 200 : 503);
      return { status: ready ? ('ready' as const) : ('unavailable' as const), postgres, redis };
    },
  });
};

async function probe(answer: Promise<unknown>): Promise<{ status: 'up' | 'down'; latencyMs: number | null }> {
  const asked = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  });
  try {
    await Promise.race([answer, late]);
    return { status: 'up', latencyMs: Math.round((performance.now() - asked) * 10) / 10 };
  } catch {
    return { status: 'down', latencyMs: null };
  } finally {
    clearTimeout(timer);
  }
}

export default routes;
