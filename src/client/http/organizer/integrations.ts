import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** What happened, for people and for other systems. */
export interface IntegrationOperations {
  /**
   * Lists who did what, newest first, for organizers and administrators.
   *
   * @param input `{ event_id?, actor_id?, action?, from?, to?, limit?, cursor? }`: `action` is the beginning of an action, such as `event.`
   * @returns `{ entries, nextCursor }`, each entry with `before` and `after`
   * @throws TiketiError `FORBIDDEN`
   */
  listAuditLog: Operation<'listAuditLog'>;

  /**
   * Reads what happened, in order, for organizers and administrators.
   *
   * @param input `{ after?, limit?, types? }`: `after` of the result before, `types` separated by commas
   * @returns `{ events, after, more }`
   * @throws TiketiError `FORBIDDEN`, `CHANGES_GONE` (events after that position are no longer kept)
   */
  readOutbox: Operation<'readOutbox'>;

  /**
   * Lists webhooks, newest first, for organizers and administrators.
   *
   * @param input `{ limit?, cursor? }`
   * @returns `{ webhooks, nextCursor }`
   * @throws TiketiError `FORBIDDEN`
   */
  listWebhooks: Operation<'listWebhooks'>;

  /**
   * Creates a webhook; without a `url`, a subscription of the feed.
   *
   * @param input `{ url?, types, event_id? }`
   * @returns `{ webhook, secret }`: the secret is shown this once
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `TOO_MANY_WEBHOOKS`
   */
  createWebhook: Operation<'createWebhook'>;

  /**
   * Gets a webhook.
   *
   * @param input `{ id }`
   * @returns `{ webhook }`
   * @throws TiketiError `FORBIDDEN`, `WEBHOOK_NOT_FOUND`
   */
  getWebhook: Operation<'getWebhook'>;

  /**
   * Changes a webhook, and enables one again that was disabled. Send the header `if-match`.
   *
   * @param input `{ id, url?, types?, enabled? }`, at least one change
   * @returns `{ webhook }`
   * @throws TiketiError `FORBIDDEN`, `WEBHOOK_NOT_FOUND`, `PRECONDITION_FAILED` (another user changed it), `PRECONDITION_REQUIRED`
   */
  updateWebhook: Operation<'updateWebhook'>;

  /**
   * Deletes a webhook with its deliveries.
   *
   * @param input `{ id }`
   * @returns `{ message }`
   * @throws TiketiError `FORBIDDEN`, `WEBHOOK_NOT_FOUND`
   */
  deleteWebhook: Operation<'deleteWebhook'>;

  /**
   * Gives a webhook a new secret. The former one signs as well for a day.
   *
   * @param input `{ id }`
   * @returns `{ webhook, secret }`
   * @throws TiketiError `FORBIDDEN`, `WEBHOOK_NOT_FOUND`, `WEBHOOK_WITHOUT_URL`
   */
  rotateWebhookSecret: Operation<'rotateWebhookSecret'>;

  /**
   * Sends a test message once.
   *
   * @param input `{ id }`
   * @returns `{ delivered, response_status, response_body, error, duration_ms }`
   * @throws TiketiError `FORBIDDEN`, `WEBHOOK_NOT_FOUND`, `WEBHOOK_WITHOUT_URL`
   */
  testWebhook: Operation<'testWebhook'>;

  /**
   * Lists the deliveries of a webhook, newest first.
   *
   * @param input `{ id, limit?, cursor? }`
   * @returns `{ deliveries, nextCursor }`
   * @throws TiketiError `FORBIDDEN`, `WEBHOOK_NOT_FOUND`
   */
  listWebhookDeliveries: Operation<'listWebhookDeliveries'>;

  /**
   * Delivers a message again, with the same id.
   *
   * @param input `{ id, deliveryId }`
   * @returns `{ delivery }`
   * @throws TiketiError `FORBIDDEN`, `WEBHOOK_NOT_FOUND`, `DELIVERY_NOT_FOUND`
   */
  redeliverWebhook: Operation<'redeliverWebhook'>;
}

export function integrationOperations(api: Client<paths>, call: Caller): IntegrationOperations {
  return {
    listAuditLog: (query = {}, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/audit', { ...init, params: { query } })),
    readOutbox: (query = {}, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/outbox', { ...init, params: { query } })),
    listWebhooks: (query = {}, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/webhooks', { ...init, params: { query } })),
    createWebhook: (body, options) =>
      call.signed(options, (init) => api.POST('/api/v1/admin/webhooks', { ...init, body })),
    getWebhook: (path, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/webhooks/{id}', { ...init, params: { path } })),
    updateWebhook: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.PATCH('/api/v1/admin/webhooks/{id}', { ...init, params: { path: { id } }, body }),
      ),
    deleteWebhook: (path, options) =>
      call.signed(options, (init) =>
        api.DELETE('/api/v1/admin/webhooks/{id}', { ...init, params: { path } }),
      ),
    rotateWebhookSecret: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/webhooks/{id}/rotate-secret', { ...init, params: { path } }),
      ),
    testWebhook: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/webhooks/{id}/test', { ...init, params: { path } }),
      ),
    listWebhookDeliveries: ({ id, ...query }, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/webhooks/{id}/deliveries', { ...init, params: { path: { id }, query } }),
      ),
    redeliverWebhook: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/webhooks/{id}/deliveries/{deliveryId}/redeliver', {
          ...init,
          params: { path },
        }),
      ),
  };
}
