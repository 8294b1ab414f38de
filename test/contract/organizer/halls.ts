import { randomUUID } from 'node:crypto';
import { answerOf } from '../../support/inject.ts';
import type { Service } from '../../support/service.ts';
import { type Call, idOf, type OrganizerCall } from '../call.ts';

const SECTIONS = [{ name: 'A', rows: 2, seatsPerRow: 3, startRow: 1, price: 50_000 }];
const CSV = 'section,row,number\r\nA,1,1\r\n';
const TOO_LARGE = 17 * 1024 * 1024;

type Spoilers = NonNullable<Call['spoilers']>;

const send = (service: Service, call: Call) => answerOf(service.app, call);

async function ownLayout(service: Service, userId: string) {
  const row = { name: randomUUID(), description: null, total_seats: 6, created_by: userId };
  const { id } = await service.db
    .insertInto('seat_layouts')
    .values({ ...row, layout_config: JSON.stringify({ sections: SECTIONS }) })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, name: row.name };
}

const onLayout =
  (more: Pick<Call, 'payload' | 'spoilers'> = {}): OrganizerCall =>
  async (service, { method, url, headers, userId }) => {
    const { id } = await ownLayout(service, userId);
    return {
      method,
      url: url.replace(':id', id),
      headers: method === 'PATCH' ? { ...headers, 'if-match': '*' } : headers,
      ...more,
    };
  };

const tooLarge: Spoilers['BODY_TOO_LARGE'] = (call, service) =>
  send(service, { ...call, payload: `{"name": "${'x'.repeat(TOO_LARGE)}"}`, headers: json(call) });
const json = ({ headers }: Call) => ({ ...headers, 'content-type': 'application/json' });

const withUnknownId: Spoilers['LAYOUT_NOT_FOUND'] = (call, service) =>
  send(service, { ...call, url: call.url.replace(idOf(call), randomUUID()) });

/** The same call with the name of another hall. */
const withTakenName: Spoilers['LAYOUT_NAME_TAKEN'] = async (call, service) => {
  const { name } = await ownLayout(service, randomUUID());
  if (typeof call.payload === 'string')
    return send(service, { ...call, url: call.url.replace(/name=.*/, `name=${name}`) });
  return send(service, { ...call, payload: { ...call.payload, name } });
};

export const hallCalls = {
  listLayouts: async (service, { method, url, headers, userId }) => {
    await ownLayout(service, userId);
    return { method, url: `${url}?limit=1`, headers };
  },
  createLayout: async (_service, { method, url, headers }) => ({
    method,
    url,
    headers,
    payload: { name: randomUUID(), sections: SECTIONS },
    spoilers: { BODY_TOO_LARGE: tooLarge, LAYOUT_NAME_TAKEN: withTakenName },
  }),
  createLayoutFromCsv: async (_service, { method, url, headers }) => ({
    method,
    url: `${url}?name=${randomUUID()}`,
    headers: { ...headers, 'content-type': 'text/csv' },
    payload: CSV,
    spoilers: {
      BODY_TOO_LARGE: (call, service) => send(service, { ...call, payload: CSV + ' '.repeat(TOO_LARGE) }),
      LAYOUT_NAME_TAKEN: withTakenName,
      // What Excel in Korea writes by default.
      MALFORMED_BODY: async (call, service) => {
        const payload = Buffer.from([0xb1, 0xb8, 0xbf, 0xaa]);
        const { statusCode, headers, body } = await service.app.inject({ ...call, payload });
        return { statusCode, headers, body };
      },
    },
  }),
  getLayout: onLayout({ spoilers: { LAYOUT_NOT_FOUND: withUnknownId } }),
  listLayoutSeats: onLayout({ spoilers: { LAYOUT_NOT_FOUND: withUnknownId } }),
  changeLayout: onLayout({
    payload: { description: '새 설명' },
    spoilers: {
      BODY_TOO_LARGE: tooLarge,
      LAYOUT_NOT_FOUND: withUnknownId,
      LAYOUT_NAME_TAKEN: withTakenName,
    },
  }),
  deleteLayout: onLayout({
    spoilers: {
      LAYOUT_NOT_FOUND: withUnknownId,
      LAYOUT_IN_USE: async (call, service) => {
        const { eventId } = await service.seedEvent();
        const used = { seat_layout_id: idOf(call) };
        await service.db.updateTable('events').set(used).where('id', '=', eventId).execute();
        return send(service, call);
      },
    },
  }),
} satisfies Record<string, OrganizerCall>;
