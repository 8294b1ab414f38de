import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Redis } from 'ioredis';
import auditLog from './admin/audit/routes.ts';
import adminCancellations from './admin/cancellations/routes.ts';
import adminEvents from './admin/events/routes.ts';
import adminExports from './admin/exports/routes.ts';
import adminHalls from './admin/halls/routes.ts';
import outbox from './admin/outbox/plugin.ts';
import outboxFeed from './admin/outbox/routes.ts';
import admin from './admin/plugin.ts';
import adminPosters from './admin/posters/routes.ts';
import adminReservations from './admin/reservations/routes.ts';
import adminSales from './admin/sales/routes.ts';
import seatBlocks from './admin/seats/block-routes.ts';
import seatEdits from './admin/seats/edit-routes.ts';
import organizerSeats from './admin/seats/routes.ts';
import instances from './admin/status/plugin.ts';
import serviceStatus from './admin/status/routes.ts';
import adminTicketTypes from './admin/ticket-types/routes.ts';
import webhooks from './admin/webhooks/plugin.ts';
import webhookRoutes from './admin/webhooks/routes.ts';
import type { Worker } from './cluster/worker.ts';
import type { Config } from './config/config.ts';
import type { DatabaseSettings, RedisSettings } from './config/servers.ts';
import demo from './demo/plugin.ts';
import demoPosters from './demo/posters/plugin.ts';
import catalogue from './events/catalogue/plugin.ts';
import knownEvents from './events/known-events.ts';
import posters from './events/posters/plugin.ts';
import posterRoutes from './events/posters/routes.ts';
import events from './events/routes.ts';
import eventSockets from './events/sockets.ts';
import eventUpdates from './events/updates.ts';
import health from './health/routes.ts';
import idempotency from './idempotency/plugin.ts';
import live from './live/plugin.ts';
import answers from './plugins/answers/plugin.ts';
import auth from './plugins/auth.ts';
import background from './plugins/background.ts';
import database from './plugins/database.ts';
import docs from './plugins/docs/plugin.ts';
import cors from './plugins/http/cors.ts';
import errors, { sendProblem } from './plugins/http/error-handler.ts';
import closing from './plugins/http/graceful-close.ts';
import methods from './plugins/http/methods.ts';
import limits from './plugins/http/rate-limit.ts';
import repeatedHeaders from './plugins/http/repeated-headers.ts';
import requestLog from './plugins/http/request-log.ts';
import requestSpans from './plugins/http/request-spans.ts';
import securityHeaders from './plugins/http/security-headers.ts';
import validation from './plugins/http/validation.ts';
import metrics from './plugins/metrics/metrics.ts';
import requestMetrics from './plugins/metrics/request-metrics.ts';
import peers from './plugins/peers/plugin.ts';
import publicReads from './plugins/public-reads.ts';
import reads from './plugins/reads.ts';
import redis from './plugins/redis/redis.ts';
import web from './plugins/web/plugin.ts';
import clientEvents from './realtime/client-events.ts';
import realtime from './realtime/plugin.ts';
import tokenExpiry from './realtime/token-expiry.ts';
import reservations from './reservations/routes.ts';
import blocks from './sales/blocks/plugin.ts';
import { limitsOf } from './sales/limits.ts';
import sales from './sales/plugin.ts';
import seatMaps from './seats/maps/plugin.ts';
import seats from './seats/routes.ts';
import seatSockets from './seats/sockets.ts';
import streams from './streams/routes.ts';
import { isStreamUpgrade } from './streams/upgrade.ts';
import tickets from './tickets/routes.ts';
import queue from './waiting-room/plugin.ts';
import queueRoutes from './waiting-room/routes.ts';
import queueSockets from './waiting-room/sockets.ts';

export interface Backends {
  database: DatabaseSettings;
  /** How to reach the Redis that all instances share, or a client of the embedded one, which belongs to this process. */
  redis: RedisSettings | Redis;
}

const REQUEST_ID = /^[\w-]{1,64}$/;

/**
 * Builds the service on a migrated database. It doesn't listen yet. This function is its table of contents.
 *
 * @param worker which of several workers on this machine this process is
 */
export async function buildApp(
  config: Config & { jwtSecret: string },
  backends: Backends,
  logger: FastifyBaseLogger,
  worker?: Worker,
): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustProxy,
    // `/api/v1/events/` is the same address: the reference implementation takes it (Express, non-strict).
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    // Requests are served to the end: see graceful-close.ts. Fastify's own 503 would have another form than all errors.
    return503OnClosing: false,
    genReqId: ({ headers: { 'x-request-id': given } }) =>
      typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID(),
    frameworkErrors: sendProblem,
    // Our own hook refuses a request without a host, in the form of all errors. An upgrade to anything but Socket.IO or
    // a live stream is answered as the plain request that it also is: curl and Java's client offer HTTP/2 that way.
    http: {
      requireHostHeader: false,
      // From Node 24.12 on, a request without a body is no stream to read to its end, which takes 1.3 µs.
      optimizeEmptyRequests: true,
      shouldUpgradeCallback: (request) =>
        request.url?.startsWith('/socket.io/') === true || isStreamUpgrade(request),
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  const ownRedis = 'status' in backends.redis ? backends.redis : undefined;
  const redisSettings = 'status' in backends.redis ? undefined : backends.redis;
  const prefix = config.redisPrefix;

  // Reading and answering requests
  await app.register(errors);
  await app.register(requestSpans);
  await app.register(requestLog, { readsPerSecond: config.logReadsPerSecond });
  await app.register(peers, { worker });
  await app.register(metrics);
  await app.register(requestMetrics);
  await app.register(closing);
  await app.register(validation);
  await app.register(securityHeaders);
  await app.register(methods);
  await app.register(cors, { origins: config.frontendUrls });
  await app.register(repeatedHeaders);
  await app.register(auth, { secret: config.jwtSecret, requireExpiry: config.jwtRequireExpiry });
  await app.register(idempotency);
  await app.register(limits, { requestsPerMinute: config.requestsPerMinute });

  // PostgreSQL, Redis and what works on them
  await app.register(database, { settings: backends.database, saleLanes: config.sale.lanes });
  await app.register(reads, { settings: backends.database.replica });
  await app.register(publicReads);
  await app.register(redis, { settings: redisSettings, client: ownRedis, prefix });
  const { largeBytesPerSecond, edgeSeconds } = config;
  await app.register(answers, { largeBytesPerSecond, edgeSeconds });
  await app.register(realtime, { settings: redisSettings, prefix, origins: config.frontendUrls });
  await app.register(background);
  await app.register(clientEvents);
  await app.register(live);
  await app.register(seatMaps);
  await app.register(tokenExpiry);
  await app.register(catalogue, { limits: limitsOf(config.sale) });
  await app.register(knownEvents);
  await app.register(posters, { settings: config.posters });
  await app.register(queue, { config: config.queue, secret: config.jwtSecret });
  await app.register(sales, { settings: config.sale });
  await app.register(blocks, { settings: config.sale });

  // The contract: REST
  await app.register(health, { metricsToken: config.metricsToken, production: config.production });
  await app.register(events);
  await app.register(posterRoutes);
  await app.register(tickets);
  await app.register(seats);
  await app.register(streams, { settings: config.live });
  await app.register(reservations, { extendSeconds: config.sale.extendSeconds });
  await app.register(queueRoutes);

  // The contract: organizers and administrators
  await app.register(admin);
  await app.register(organizerSeats);
  await app.register(seatBlocks);
  await app.register(seatEdits);
  await app.register(auditLog);
  await app.register(outbox, { keptDays: config.outbox.keptDays });
  await app.register(outboxFeed);
  await app.register(webhooks, { settings: config.outbox });
  await app.register(webhookRoutes, { settings: config.outbox });
  await app.register(adminReservations);
  await app.register(adminHalls);
  await app.register(adminEvents);
  await app.register(adminSales);
  await app.register(adminTicketTypes);
  await app.register(adminExports);
  await app.register(adminCancellations);
  await app.register(adminPosters, { publicUrl: config.publicUrl });
  await app.register(instances);
  await app.register(serviceStatus);

  // The contract: Socket.IO
  await app.register(eventSockets);
  await app.register(eventUpdates);
  await app.register(seatSockets);
  await app.register(queueSockets);

  // Pages
  await app.register(demoPosters);
  await app.register(web, { settings: config.web });
  if (config.web.boxOffice || config.web.console) await app.register(demo, { settings: config.web });
  await app.register(docs, { authServiceUrl: config.authServiceUrl, production: config.production });
  return app;
}
