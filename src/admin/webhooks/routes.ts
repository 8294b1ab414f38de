import { hash, randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { sql } from 'kysely';
import type { OutboxSettings } from '../../config/config.ts';
import * as contract from '../../contract/routes.ts';
import type { Webhook } from '../../contract/schemas.ts';
import { invalid, Problem } from '../../errors/problem.ts';
import { keptAnswer } from '../../idempotency/answer-once.ts';
import { granted } from '../../idempotency/plugin.ts';
import { fromCursor, nextCursor, notACursor } from '../../lib/cursor.ts';
import { textFor } from '../../lib/language.ts';
import { messages } from '../../lib/messages.ts';
import { newUuid } from '../../lib/uuid.ts';
import { messageId } from '../outbox/types.ts';
import { requireRevision, sendRevision } from '../revision.ts';
import { refusalOf } from './address.ts';
import { deliverAgain, listDeliveries } from './deliveries.ts';
import { countWebhooks, getAddress, getWebhook, listWebhooks } from './queries.ts';
import { newSecret } from './secret.ts';
import { send, succeeded } from './send.ts';

/** A user's webhooks, those for the feed included. */
const MOST_WEBHOOKS = 20;
const POSITION = /^[1-9]\d{0,14}$/;

const routes: FastifyPluginAsyncTypebox<{ settings: OutboxSettings }> = async (app, { settings }) => {
  const { admin, db } = app;

  app.route({
    ...contract.listWebhooks,
    handler: async ({ user, query: { limit, cursor } }) => {
      const before = fromCursor(cursor);
      const page = await listWebhooks(db, user, limit, before);
      const webhooks = page.webhooks as Webhook[];
      return { webhooks, nextCursor: nextCursor(page.webhooks, page.more) };
    },
  });

  app.route({
    ...contract.createWebhook,
    handler: async (request, reply) => {
      const { user, body } = request;
      requireAllowed(body.url);
      const answer = await admin.change(
        request,
        async ({ trx, record }) => {
          if (body.event_id) await admin.requireEvent(trx, user, body.event_id);
          if ((await countWebhooks(trx, user.userId)) >= MOST_WEBHOOKS) return 'TOO_MANY_WEBHOOKS';
          const secret = body.url ? newSecret() : null;
          const id = newUuid();
          const row = {
            id,
            created_by: user.userId,
            organizer_id: user.role === 'admin' ? null : user.userId,
            url: body.url ?? null,
            types: body.types,
            event_id: body.event_id ?? null,
            secret,
          };
          await trx.insertInto('webhooks').values(row).execute();
          const { webhook } = await getWebhook(trx, user, id);
          await record({
            action: 'webhook.create',
            entityId: id,
            eventId: row.event_id,
            after: audited(webhook),
          });
          return { webhook: webhook as Webhook, secret };
        },
        201,
      );
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.getWebhook,
    handler: async ({ user, params }, reply) => {
      const { webhook, revision } = await getWebhook(db, user, params.id);
      sendRevision(reply, revision);
      return { webhook: webhook as Webhook };
    },
  });

  app.route({
    ...contract.updateWebhook,
    handler: async (request, reply) => {
      const { user, body, params } = request;
      requireAllowed(body.url);
      let revision = 0;
      const answer = await admin.change(request, async ({ trx, record }) => {
        const before = await getWebhook(trx, user, params.id, 'lock');
        requireRevision(request, before.revision);
        if (body.url !== undefined && before.webhook.url === null)
          throw invalid('body/url', 'a subscription of the feed can get none');
        const again = { disabled_because: null, failures: 0, failing_since: null, retry_at: null };
        await trx
          .updateTable('webhooks')
          .set({ ...body, ...(body.enabled && again), updated_at: sql`now()` })
          .where('id', '=', params.id)
          .execute();
        const after = await getWebhook(trx, user, params.id);
        revision = after.revision;
        await record({
          action: 'webhook.change',
          entityId: params.id,
          eventId: after.webhook.event_id,
          before: audited(before.webhook),
          after: audited(after.webhook),
        });
        return { webhook: after.webhook as Webhook };
      });
      sendRevision(reply, revision);
      return answer;
    },
  });

  app.route({
    ...contract.deleteWebhook,
    handler: (request) =>
      admin.change(request, async ({ trx, record }) => {
        const { webhook } = await getWebhook(trx, request.user, request.params.id, 'lock');
        await trx.deleteFrom('webhooks').where('id', '=', webhook.id).execute();
        await record({
          action: 'webhook.delete',
          entityId: webhook.id,
          eventId: webhook.event_id,
          before: audited(webhook),
        });
        return { message: textFor(request, messages.webhookDeleted) };
      }),
  });

  app.route({
    ...contract.rotateWebhookSecret,
    handler: (request) =>
      admin.change(request, async ({ trx, record }) => {
        const { webhook } = await getWebhook(trx, request.user, request.params.id, 'lock');
        if (webhook.url === null) return 'WEBHOOK_WITHOUT_URL';
        const secret = newSecret();
        await trx
          .updateTable('webhooks')
          .set(({ ref }) => ({
            secret,
            former_secret: ref('secret'),
            former_secret_until: sql`now() + interval '24 hours'`,
            updated_at: sql`now()`,
          }))
          .where('id', '=', webhook.id)
          .execute();
        await record({ action: 'webhook.rotate_secret', entityId: webhook.id, eventId: webhook.event_id });
        const after = await getWebhook(trx, request.user, webhook.id);
        return { webhook: after.webhook as Webhook, secret };
      }),
  });

  app.route({
    ...contract.testWebhook,
    handler: async (request) => {
      const { webhook } = await getWebhook(db, request.user, request.params.id);
      const address = await getAddress(db, webhook.id);
      if (!address) throw new Problem('WEBHOOK_WITHOUT_URL');
      const { user, idempotency } = request;
      const kept = idempotency && (await keptAnswer(db, user.userId, idempotency));
      if (kept) return granted(kept);
      const message = {
        // The same for a retry that comes while the message is sent.
        id: messageId(idempotency ? hash('md5', `${user.userId} ${idempotency.key}`) : randomUUID()),
        type: 'webhook.test',
        timestamp: new Date().toISOString(),
        data: { webhook_id: webhook.id },
      };
      // Before the transaction: none is open while an address takes its time.
      const sent = await send(address.url, address.secrets, message, settings);
      return await admin.change(request, async ({ record }) => {
        const { response_status, duration_ms } = sent;
        const after = { response_status, duration_ms };
        await record({ action: 'webhook.test', entityId: webhook.id, eventId: webhook.event_id, after });
        return { delivered: succeeded(sent), ...sent };
      });
    },
  });

  app.route({
    ...contract.listWebhookDeliveries,
    handler: async ({ user, params, query: { limit, cursor } }) => {
      if (cursor !== undefined && !POSITION.test(cursor)) throw notACursor();
      const { webhook } = await getWebhook(db, user, params.id);
      const before = cursor === undefined ? undefined : Number(cursor);
      const { deliveries, more } = await listDeliveries(db, webhook.id, limit, before);
      const last = deliveries.at(-1);
      return { deliveries, nextCursor: more && last ? String(last.position) : null };
    },
  });

  app.route({
    ...contract.redeliverWebhook,
    handler: (request) =>
      admin.change(request, async ({ trx, record }) => {
        const { webhook } = await getWebhook(trx, request.user, request.params.id);
        const delivery = await deliverAgain(trx, webhook.id, request.params.deliveryId);
        if (!delivery) return 'DELIVERY_NOT_FOUND';
        const after = { delivery_id: delivery.id, message_id: delivery.message_id };
        await record({ action: 'webhook.redeliver', entityId: webhook.id, eventId: webhook.event_id, after });
        return { delivery };
      }),
  });

  /** @throws Problem VALIDATION_FAILED */
  function requireAllowed(url: string | undefined): void {
    const refusal = url === undefined ? undefined : refusalOf(url, settings.privateAddresses);
    if (refusal) throw invalid('body/url', refusal);
  }
};

type Shown = Awaited<ReturnType<typeof getWebhook>>['webhook'];

/** What the audit log shows. A URL may have a secret in its query. */
function audited({ url, types, event_id, enabled }: Shown): object {
  return { url: url === null ? null : url.replace(/\?.*/, '?…'), types, event_id, enabled };
}

export default routes;
