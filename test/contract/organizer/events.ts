import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { ErrorCode } from '../../../src/errors/catalogue.ts';
import { answerOf } from '../../support/inject.ts';
import type { Service } from '../../support/service.ts';
import { type Call, idOf, type OrganizerCall } from '../call.ts';

const DRAFT = {
  title: '봄의 노래',
  venue: '시험 공연장',
  event_date: '2037-03-20T19:00:00+09:00',
  sale_start_date: '2037-02-01T20:00:00+09:00',
  sale_end_date: '2037-03-20T18:00:00+09:00',
};

type Spoiler = NonNullable<NonNullable<Call['spoilers']>[ErrorCode]>;

const send = (service: Service, call: Call) => answerOf(service.app, call);

const withStatus =
  (status: string): Spoiler =>
  async (call, service) => {
    await sql`UPDATE events SET status = ${status} WHERE id = ${idOf(call)}`.execute(service.db);
    return send(service, call);
  };

/** The same call for an event of which somebody holds a ticket. */
const withReservation: Spoiler = async (call, service) => {
  const id = idOf(call);
  await service.db
    .insertInto('reservations')
    .values({
      id: randomUUID(),
      reservation_number: `TK${randomUUID().slice(0, 12).replace('-', '0').toUpperCase()}`,
      user_id: randomUUID(),
      event_id: id,
      total_amount: 0,
      expires_at: new Date(),
    })
    .execute();
  return send(service, call);
};

const withUnknownLayout: Spoiler = (call, service) =>
  send(service, { ...call, payload: { ...(call.payload as object), seat_layout_id: randomUUID() } });

/** An event of the caller with a hall of six seats and a stock of 20. */
async function ownEvent(service: Service, userId: string, status: 'draft' | 'on_sale'): Promise<string> {
  const { eventId } = await service.seedEvent({ seats: 6, stock: [20] });
  await sql`UPDATE events SET created_by = ${userId}, status = ${status} WHERE id = ${eventId}`.execute(
    service.db,
  );
  return eventId;
}

const onEvent =
  (status: 'draft' | 'on_sale', more: Pick<Call, 'payload' | 'spoilers'> = {}): OrganizerCall =>
  async (service, { method, url, headers, userId }) => ({
    method,
    url: url.replace(':id', await ownEvent(service, userId, status)),
    headers: method === 'PATCH' ? { ...headers, 'if-match': '*' } : headers,
    ...more,
  });

export const eventCalls = {
  listOrganizerEvents: async (service, { method, url, headers, userId }) => {
    await ownEvent(service, userId, 'draft');
    return { method, url: `${url}?limit=1&status=draft`, headers };
  },
  createEvent: async (_service, { method, url, headers }) => ({
    method,
    url,
    headers,
    payload: DRAFT,
    spoilers: { LAYOUT_NOT_FOUND: withUnknownLayout },
  }),
  getOrganizerEvent: onEvent('draft'),
  changeEvent: onEvent('draft', {
    payload: { title: '여름의 노래' },
    spoilers: {
      LAYOUT_NOT_FOUND: withUnknownLayout,
      EVENT_NOT_DRAFT: async (call, service) => {
        await withStatus('on_sale')(call, service);
        return send(service, { ...call, payload: { seat_layout_id: null } });
      },
      EVENT_NOT_PUBLISHED: (call, service) => send(service, { ...call, payload: { status: 'ended' } }),
      EVENT_CANCELLED: async (call, service) => {
        await withStatus('cancelled')(call, service);
        return send(service, { ...call, payload: { status: 'ended' } });
      },
    },
  }),
  deleteDraft: onEvent('draft', {
    spoilers: { EVENT_NOT_DRAFT: withStatus('on_sale'), EVENT_HAS_RESERVATIONS: withReservation },
  }),
  publishEvent: onEvent('draft', {
    spoilers: {
      EVENT_NOT_DRAFT: withStatus('on_sale'),
      EVENT_INCOMPLETE: async (call, service) => {
        const id = idOf(call);
        await service.db.deleteFrom('ticket_types').where('event_id', '=', id).execute();
        await service.db.updateTable('events').set({ seat_layout_id: null }).where('id', '=', id).execute();
        return send(service, call);
      },
    },
  }),
  unpublishEvent: onEvent('on_sale', {
    spoilers: { EVENT_NOT_PUBLISHED: withStatus('draft'), EVENT_HAS_RESERVATIONS: withReservation },
  }),
  duplicateEvent: onEvent('on_sale'),
} satisfies Record<string, OrganizerCall>;
