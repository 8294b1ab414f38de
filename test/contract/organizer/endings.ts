import { sql } from 'kysely';
import { answerOf } from '../../support/inject.ts';
import { type Call, idOf, type OrganizerCall } from '../call.ts';

const asDraft: NonNullable<Call['spoilers']> = {
  EVENT_NOT_PUBLISHED: async (call, service) => {
    await sql`UPDATE events SET status = 'draft' WHERE id = ${idOf(call)}`.execute(service.db);
    return answerOf(service.app, call);
  },
};

/** An event of the caller with a hall of six seats. */
const onEvent =
  (status: 'on_sale' | 'cancelled', more: Pick<Call, 'payload' | 'spoilers'> = {}): OrganizerCall =>
  async (service, { method, url, headers, userId }) => {
    const { eventId } = await service.seedEvent({ seats: 6 });
    await sql`UPDATE events SET created_by = ${userId}, status = ${status} WHERE id = ${eventId}`.execute(
      service.db,
    );
    return { method, url: url.replace(':id', eventId), headers, ...more };
  };

export const endingCalls = {
  cancelEvent: onEvent('on_sale', { payload: { reason: '출연자의 건강 문제' }, spoilers: asDraft }),
  getEventCancellation: onEvent('cancelled'),
  postponeEvent: onEvent('on_sale', {
    payload: { event_date: '2037-05-05T19:00:00+09:00', cancellable_until: '2037-01-31T23:59:59+09:00' },
    spoilers: {
      ...asDraft,
      EVENT_CANCELLED: async (call, service) => {
        await sql`UPDATE events SET status = 'cancelled' WHERE id = ${idOf(call)}`.execute(service.db);
        return answerOf(service.app, call);
      },
    },
  }),
} satisfies Record<string, OrganizerCall>;
