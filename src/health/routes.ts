import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { getHealth, getMetrics, getReadiness } from '../contract/routes.ts';
import { Problem } from '../errors/problem.ts';

/** A dependency that takes longer counts as down. */
const PATIENCE_MS = 2_000;

interface Status {
  status: 'up' | 'down';
  latencyMs: number | null;
}

/** How ready one worker is. */
interface Readiness {
  stopping: boolean;
  postgres: Status;
  redis: Status;
}

const DOWN: Status = { status: 'down', latencyMs: null };
const up = (latencyMs: number): Status => ({ status: 'up', latencyMs: Math.round(latencyMs * 10) / 10 });

interface Options {
  /** Without it, metrics are open outside production and absent in production: a public port must not show how a sale goes. */
  metricsToken: string | undefined;
  production: boolean;
}

const routes: FastifyPluginAsyncTypebox<Options> = async (app, { metricsToken, production }) => {
  /** What the service itself goes by. A PING would be answered by a Redis that is read-only or full. */
  async function redisStatus(): Promise<Status> {
    await app.redisHealth.check();
    const { answers, latencyMs } = app.redisHealth;
    return answers ? up(latencyMs) : DOWN;
  }

  app.route({
    ...getHealth,
    config: { ...getHealth.config, unlogged: true },
    handler: () => ({ status: 'ok' as const, service: 'ticket-service' as const, uptime: process.uptime() }),
  });

  app.peers.answer('readiness', async (): Promise<Readiness> => {
    const [postgres, redis] = await Promise.all([probe(app.postgresHealth.check()), redisStatus()]);
    return { stopping: app.stopping.begun, postgres, redis };
  });

  app.route({
    ...getReadiness,
    config: { ...getReadiness.config, unlogged: true },
    handler: async (_request, reply) => {
      // A probe reaches any of several workers, and none may hide the failure of another.
      const { answers, silent } = await app.peers.ask<Readiness>('readiness');
      const postgres = worst(answers.map(({ postgres }) => postgres));
      const redis = worst(answers.map(({ redis }) => redis));
      const up = postgres.status === 'up' && redis.status === 'up' && silent === 0;
      const stopping = answers.some(({ stopping }) => stopping);
      const status = stopping ? 'stopping' : up ? 'ready' : 'unavailable';
      reply.header('cache-control', 'no-store').code(status === 'ready' ? 200 : 503);
      return { status, postgres, redis } as const;
    },
  });

  if (production && metricsToken === undefined) return;
  app.route({
    ...getMetrics,
    config: { ...getMetrics.config, unlogged: true },
    onRequest: async ({ headers: { authorization } }) => {
      if (metricsToken === undefined) return;
      if (authorization === undefined) throw new Problem('UNAUTHENTICATED');
      if (!sameText(authorization, `Bearer ${metricsToken}`)) throw new Problem('TOKEN_INVALID');
    },
    handler: async (_request, reply) => {
      const text = await app.metrics.text();
      reply.type(app.metrics.registry.contentType).header('cache-control', 'no-store');
      return text;
    },
  });
};

/** A dependency that is down for one worker is down, and otherwise as slow as for the slowest. */
function worst(all: Status[]): Status {
  const latencies = all.map(({ latencyMs }) => latencyMs);
  return latencies.every((latency) => latency !== null) ? up(Math.max(...latencies)) : DOWN;
}

/** Compares in constant time. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => hash('sha256', text, 'buffer')) as [Buffer, Buffer];
  return timingSafeEqual(left, right);
}

/** Measures how long a dependency takes to answer. */
async function probe(answer: Promise<unknown>): Promise<Status> {
  const asked = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  });
  try {
    await Promise.race([answer, late]);
    return up(performance.now() - asked);
  } catch {
    return DOWN;
  } finally {
    clearTimeout(timer);
  }
}

export default routes;
