import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { LRUCache } from 'lru-cache';
import { actorOf } from '../audit/record.ts';
import * as contract from '../contract/routes.ts';
import type { QueueLottery, QueueLotteryOrder } from '../contract/schemas.ts';
import { textFor } from '../lib/language.ts';
import { messages } from '../lib/messages.ts';
import type { PlaceAnswer } from './contact/place-answer.ts';
import { tokensOf } from './recovery/token-headers.ts';

/** A drawn order never changes, but an answer takes megabytes of the cache. */
const ORDER_SECONDS = 60;
const LOTTERY_MS = 1_000;

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { answers, publicReads, queue, queueLottery } = app;
  /** At an opening, all users ask at once. */
  const lotteries = new LRUCache<string, QueueLottery, string>({
    max: 1_000,
    ttl: LOTTERY_MS,
    fetchMethod: (eventId, _stale, { context: address }) =>
      publicReads.read(address, () => queueLottery.describe(eventId)),
  });
  app.addHook('preHandler', app.onlyKnownEvents);

  app.route({
    ...contract.checkQueue,
    handler: async (request) => {
      const place = await queue.check(request.params.eventId, request.user.userId, tokensOf(request));
      if (isQueued(place)) return { queued: true, ...place };
      // Existing clients take any `position` for a place in line.
      const { position, estimatedWait, estimatedWaitRange, queueSize, sequence, ...entry } = place;
      return { queued: false, ...entry };
    },
  });

  app.route({
    ...contract.getQueueStatus,
    handler: async (request) =>
      toStatus(await queue.status(request.params.eventId, request.user.userId, tokensOf(request))),
  });

  app.route({
    ...contract.heartbeatQueue,
    handler: async (request) =>
      toStatus(await queue.heartbeat(request.params.eventId, request.user.userId, tokensOf(request))),
  });

  app.route({
    ...contract.leaveQueue,
    handler: async (request) => {
      await queue.leave(request.params.eventId, request.user.userId, tokensOf(request));
      return { message: textFor(request, messages.leftQueue) };
    },
  });

  app.route({
    ...contract.getQueueLottery,
    handler: (request) => lotteries.forceFetch(request.params.eventId, { context: request.ip }),
  });

  app.route({
    ...contract.getQueueLotteryOrder,
    handler: (request, reply) => {
      const { eventId } = request.params;
      const caching = { key: `lottery-order:${eventId}`, seconds: ORDER_SECONDS };
      return answers.sendCached<QueueLotteryOrder>(request, reply, caching, () =>
        publicReads.read(request.ip, () => queueLottery.order(eventId)),
      );
    },
  });

  app.route({
    ...contract.getQueueAdmin,
    handler: (request) => overviewOf(request.params.eventId),
  });

  app.route({
    ...contract.updateQueueSettings,
    handler: async (request) => {
      const { eventId } = request.params;
      await queue.change(eventId, request.body, actorOf(request));
      return await overviewOf(eventId);
    },
  });

  app.route({
    ...contract.clearQueue,
    handler: async (request) => {
      await queue.clear(request.params.eventId, actorOf(request));
      return { message: textFor(request, messages.clearedQueue) };
    },
  });

  async function overviewOf(eventId: string) {
    return { eventId, ...(await queue.overview(eventId)) };
  }
};

function toStatus(place: PlaceAnswer) {
  return { queued: isQueued(place), ...place };
}

function isQueued({ state }: PlaceAnswer): boolean {
  return state === 'waiting' || state === 'lobby';
}

export default routes;
