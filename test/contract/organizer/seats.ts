import { randomUUID } from 'node:crypto';
import { apiOf } from '../../support/http.ts';
import type { Service } from '../../support/service.ts';
import type { OperationId } from '../answers.ts';
import { type Call, type Draft, type OrganizerCall, UUID } from '../call.ts';

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

interface More extends Pick<Call, 'spoilers'> {
  query?: string;
  /** Of a section. */
  name?: string;
  headers?: Record<string, string>;
}

/** @param payload for its seats */
const callWith =
  (
    payload: ((seatIds: string[]) => object) | undefined,
    { query = '', name = '', headers: more, spoilers = {} }: More = {},
  ): OrganizerCall =>
  async (service: Service, { method, url, headers, userId }: Draft) => {
    const { eventId, seatIds } = await eventOf(service, userId);
    return {
      method,
      url: url.replace(':id', eventId).replace(':name', name) + query,
      headers: { ...headers, ...more },
      ...(payload && { payload: payload(seatIds) }),
      spoilers,
    };
  };

const section = (name: string) => ({ name, rows: 1, seatsPerRow: 2, startRow: 1, price: 30_000 });

export const seatCalls: Partial<Record<OperationId, OrganizerCall>> = {
  listOrganizerSeats: callWith(undefined),
  listSeatBlocks: callWith(undefined, { query: '?limit=1' }),
  blockSeats: callWith((ids) => ({ reason: '초대석', seat_ids: ids.slice(0, 2) }), {
    spoilers: { SEAT_NOT_FOUND: withPayload({ reason: '초대석', seat_ids: [randomUUID()] }) },
  }),
  unblockSeats: callWith(() => ({ sections: ['A'] }), {
    spoilers: {
      SEAT_NOT_FOUND: withPayload({ seat_ids: [randomUUID()] }),
      SEAT_BLOCK_NOT_FOUND: withPayload({ block_id: randomUUID() }),
    },
  }),
  setSeatPrices: callWith((ids) => ({ price: 70_000, seat_ids: ids.slice(0, 2) }), {
    headers: { 'if-match': '*' },
    spoilers: { SEAT_NOT_FOUND: withPayload({ price: 70_000, sections: ['Z'] }) },
  }),
  addSections: callWith(() => ({ sections: [section('B')] }), {
    spoilers: { SEAT_EXISTS: withPayload({ sections: [section('A')] }) },
  }),
  removeSection: callWith(undefined, {
    name: 'A',
    spoilers: {
      SEAT_NOT_FOUND: (call, service) => service.app.inject({ ...call, url: call.url.replace(/A$/, 'Z') }),
      SECTION_IN_USE: async (call, service) => {
        await apiOf(service).best({ eventId: UUID.exec(call.url)?.[0] as string, quantity: 1 });
        return await service.app.inject(call);
      },
    },
  }),
};
