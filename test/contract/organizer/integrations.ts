import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { answerOf } from '../../support/inject.ts';
import type { Service } from '../../support/service.ts';
import type { OperationId } from '../answers.ts';
import type { OrganizerCall } from '../call.ts';

/** A webhook whose address refuses each connection. */
export async function webhookOf(service: Service, userId: string): Promise<string> {
  const id = randomUUID();
  const url = 'https://127.0.0.1:9/';
  const row = { id, created_by: userId, organizer_id: userId, url, secret: 'whsec_AAAA', event_id: null };
  await service.db
    .insertInto('webhooks')
    .values({ ...row, types: ['event.changed'] })
    .execute();
  return id;
}

/** A delivery of something that happened to no event of others. */
async function deliveryOf(service: Service, webhookId: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    WITH position AS (
      UPDATE outbox_state SET last_position = last_position + 1 RETURNING last_position AS value
    ), happened AS (
      INSERT INTO outbox (position, published_at, type, event_id, entity_id, data)
      SELECT value, now(), 'event.changed', gen_random_uuid(), gen_random_uuid(), '{}' FROM position RETURNING *
    )
    INSERT INTO webhook_deliveries (webhook_id, outbox_id, position, entity_id, next_attempt_at)
    SELECT ${webhookId}, id, position, entity_id, now() + interval '1 hour' FROM happened RETURNING id`.execute(
    service.db,
  );
  return (rows[0] as { id: string }).id;
}

const list: OrganizerCall = async (_service, { method, url, headers }) => ({
  method,
  headers,
  url: `${url}?limit=1`,
});

const ofWebhook =
  (payload?: object, more: Record<string, string> = {}): OrganizerCall =>
  async (service, { method, url, headers, userId }) => ({
    method,
    headers: { ...headers, ...more },
    url: url.replace(':id', await webhookOf(service, userId)),
    ...(payload && { payload }),
  });

export const integrationCalls: Partial<Record<OperationId, OrganizerCall>> = {
  listAuditLog: list,
  readOutbox: async (service, draft) => ({
    ...(await list(service, draft)),
    spoilers: {
      CHANGES_GONE: (call) => answerOf(service.app, { ...call, url: `${draft.url}?after=900000000` }),
    },
  }),
  listWebhooks: list,
  createWebhook: async (service, { method, url, headers, userId }) => {
    const { eventId } = await service.seedEvent();
    await service.db.updateTable('events').set({ created_by: userId }).where('id', '=', eventId).execute();
    const payload = {
      url: 'https://partner.example/hooks',
      types: ['reservation.confirmed'],
      event_id: eventId,
    };
    return {
      method,
      url,
      headers,
      payload,
      spoilers: {
        EVENT_NOT_FOUND: (call) =>
          answerOf(service.app, { ...call, payload: { ...payload, event_id: randomUUID() } }),
      },
    };
  },
  getWebhook: ofWebhook(),
  updateWebhook: ofWebhook({ enabled: false }, { 'if-match': '"1"' }),
  deleteWebhook: ofWebhook(),
  rotateWebhookSecret: ofWebhook(),
  testWebhook: ofWebhook(),
  listWebhookDeliveries: async (service, draft) => {
    const webhookId = await webhookOf(service, draft.userId);
    await deliveryOf(service, webhookId);
    return { ...(await list(service, draft)), url: `${draft.url.replace(':id', webhookId)}?limit=1` };
  },
  redeliverWebhook: async (service, { method, url, headers, userId }) => {
    const webhookId = await webhookOf(service, userId);
    const delivery = await deliveryOf(service, webhookId);
    return { method, headers, url: url.replace(':id', webhookId).replace(':deliveryId', delivery) };
  },
};
