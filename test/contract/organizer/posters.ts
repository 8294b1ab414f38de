import { randomUUID } from 'node:crypto';
import { png } from '../../support/images.ts';
import { answerOf } from '../../support/inject.ts';
import type { Service } from '../../support/service.ts';
import { type Call, type Draft, type OrganizerCall, UUID } from '../call.ts';

/** An event of the caller. */
async function ownEvent(service: Service, { userId }: Draft): Promise<string> {
  const { eventId } = await service.seedEvent();
  await service.db.updateTable('events').set({ created_by: userId }).where('id', '=', eventId).execute();
  return eventId;
}

const uploading = (service: Service, { headers, userId }: Draft, eventId: string): Call => ({
  method: 'PUT',
  url: `/api/v1/admin/events/${eventId}/poster`,
  headers: {
    ...(headers.authorization ? headers : service.as(userId, 'organizer')),
    'content-type': 'image/png',
  },
  payload: png(),
});

const withId = (id: string) => (call: Call, service: Service) =>
  answerOf(service.app, { ...call, url: call.url.replace(UUID, id) });
const common = {
  VALIDATION_FAILED: withId('7'),
  EVENT_NOT_FOUND: withId(randomUUID()),
  UNSUPPORTED_MEDIA_TYPE: (call, service) =>
    answerOf(service.app, { ...call, payload: 'x', headers: { ...call.headers, 'content-type': ';;;' } }),
} satisfies Call['spoilers'];

/** The same call for an event without a poster. */
const withoutPoster = async (call: Call, service: Service) => {
  await service.db.deleteFrom('posters').execute();
  return answerOf(service.app, call);
};

export const posterCalls = {
  uploadPoster: async (service, draft) => ({
    ...uploading(service, draft, await ownEvent(service, draft)),
    spoilers: {
      ...common,
      BODY_TOO_LARGE: (call) => answerOf(service.app, { ...call, payload: Buffer.alloc(6_000_000) }),
      POSTER_NOT_ACCEPTED: (call) => answerOf(service.app, { ...call, payload: '<svg/>' }),
    },
  }),
  deletePoster: async (service, draft) => {
    const call = uploading(service, draft, await ownEvent(service, draft));
    await answerOf(service.app, call);
    return {
      ...draft,
      url: call.url,
      spoilers: { ...common, POSTER_NOT_FOUND: withoutPoster },
    };
  },
  getPoster: async (service, draft) => {
    const eventId = await ownEvent(service, draft);
    await answerOf(service.app, uploading(service, draft, eventId));
    return {
      ...draft,
      url: draft.url.replace(':id', eventId),
      spoilers: { ...common, POSTER_NOT_FOUND: withoutPoster },
    };
  },
} satisfies Record<string, OrganizerCall>;
