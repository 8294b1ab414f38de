import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LiveSettings } from '../config/config.ts';
import { streamEvent } from '../contract/routes.ts';
import { publicQuery } from '../live/query.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { EVENT_STREAM_HEADERS, EventStream } from './event-stream.ts';
import { type Kind, streamMetrics } from './metrics.ts';
import type { Subscription, Transport } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import { acceptUpgrades } from './upgrade.ts';
import { WebSocketStream } from './web-socket.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request for a live stream that is accepted. `closed` resolves when its connection is closed. */
    stream: { subscription: Subscription; closed: Promise<void> };
  }
}

/** Changes of an event as they happen: Server-Sent Events, and a plain WebSocket at the same address. */
const routes: FastifyPluginAsyncTypebox<{ settings: LiveSettings }> = async (app, { settings }) => {
  const subscriptions = new Subscriptions(app.live, app.catalogue);
  const limits = new ConnectionLimits(settings);
  const metrics = streamMetrics(app.metrics);
  await acceptUpgrades(app);
  app.addHook('preClose', async () => subscriptions.close());
  app.decorateRequest('stream');

  app.route({
    ...streamEvent,
    // Before the upgrade to a WebSocket, so that a refusal is an HTTP answer.
    preHandler: async (request, reply) => {
      const { params, query, headers, ip } = request;
      if (request.method === 'HEAD') {
        await app.requireEvent(params.eventId, ip);
        return (reply as FastifyReply).headers(EVENT_STREAM_HEADERS).send();
      }
      const connection = request.ws ? request.raw.socket : reply.raw;
      const closed = new Promise<void>((resolve) => {
        if (connection.destroyed) resolve();
        else connection.once('close', resolve);
      });
      void closed.then(limits.enter(ip));
      await app.requireEvent(params.eventId, ip);
      const subscription = await subscriptions.open(
        params.eventId,
        headers['last-event-id'] ?? query.since,
        publicQuery(app.publicReads, ip),
      );
      void closed.then(() => subscription.end());
      request.stream = { subscription, closed };
      return undefined;
    },
    handler: (request, reply) => {
      reply.isStream = true;
      follow('sse', request, new EventStream(reply, () => metrics.dropped.inc({ kind: 'sse' })));
    },
    wsHandler: (socket, request) =>
      follow(
        'websocket',
        request,
        new WebSocketStream(socket, () => metrics.dropped.inc({ kind: 'websocket' })),
      ),
  });

  function follow(kind: Kind, request: Pick<FastifyRequest, 'stream' | 'log' | 'url'>, transport: Transport) {
    const { stream, log, url } = request;
    const opened = performance.now();
    metrics.connections.inc({ kind });
    void stream.closed.then(() => {
      metrics.connections.dec({ kind });
      log.info({ url, kind, seconds: Math.round((performance.now() - opened) / 1_000) }, 'stream ended');
    });
    stream.subscription.start(transport);
    if (subscriptions.isClosed) transport.stop();
  }
};

export default routes;
