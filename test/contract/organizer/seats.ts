import { randomUUID } from 'node:crypto';
import type { Service } from '../../support/service.ts';
import type { OperationId } from '../answers.ts';
import type { Call } from '../calls.ts';
import type { Draft, OrganizerCall } from './calls.ts';

/** An event of the organizer with ten seats. */
async function eventOf(service: Service, userId: string) {
  const seeded = await service.seedEvent({ seats: 10 });
  await service.db
    .updateTable('events')
    .set({ created_by: userId })
    .where('id', '=', seeded.eventId)
    .execute();
  return seeded;
}

const withPayload = (payload: object) => (call: Call, service: Service) =>
  service.app.inject({ ...call, payload });

/** @param payload for its seats */
const callWith =
  (
    payload: ((seatIds: string[]) => object) | undefined,
    query = '',
    more: Pick<Call, 'spoilers'> = {},
  ): OrganizerCall =>
  async (service: Service, { method, url, headers, userId }: Draft) => {
    const { eventId, seatIds } = await eventOf(service, userId);
    return {
      method,
      url: url.replace(':id', eventId) + query,
      headers,
      ...(payload && { payload: payload(seatIds) }),
      ...more,
    };
  };

const unknownSeat = { SEAT_NOT_FOUND: withPayload({ reason: '초대석', seat_ids: [randomUUID()] }) };

export const seatCalls: Partial<Record<OperationId, OrganizerCall>> = {
  listOrganizerSeats: callWith(undefined),
  listSeatBlocks: callWith(undefined, '?limit=1'),
  blockSeats: callWith((ids) => ({ reason: '초대석', seat_ids: ids.slice(0, 2) }), '', {
    spoilers: unknownSeat,
  }),
  unblockSeats: callWith(() => ({ sections: ['A'] }), '', {
    spoilers: {
      SEAT_NOT_FOUND: withPayload({ seat_ids: [randomUUID()] }),
      SEAT_BLOCK_NOT_FOUND: withPayload({ block_id: randomUUID() }),
    },
  }),
};
