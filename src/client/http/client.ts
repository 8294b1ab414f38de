import createClient from 'openapi-fetch';
import type { paths } from '../../contract/types.ts';
import { Places } from '../places.ts';
import { type RefreshToken, Session, type Token } from '../session.ts';
import type { WatchedService } from '../watch/service.ts';
import { watchSeats } from '../watch/watch-seats.ts';
import { watchStock } from '../watch/watch-stock.ts';
import { Caller } from './caller.ts';
import type { TiketiClient } from './operations.ts';
import { endingOperations } from './organizer/endings.ts';
import { eventOperations } from './organizer/events.ts';
import { hallOperations } from './organizer/halls.ts';
import { integrationOperations } from './organizer/integrations.ts';
import { posterOperations } from './organizer/posters.ts';
import { salesOperations } from './organizer/sales.ts';
import { seatOperations } from './organizer/seats.ts';
import { statusOperations } from './organizer/status.ts';
import { ticketTypeOperations } from './organizer/ticket-types.ts';
import type { CallOptions, EveryOperation, Readiness } from './types.ts';

export interface TiketiClientOptions {
  /** The address of the service, for example `https://tickets.example`. */
  baseUrl: string;
  /**
   * The JWT, or a function that returns the current one. It is called before each call that needs a token. Give the client and the
   * socket of one user the same function, so that they share the proofs of the user's places in waiting rooms.
   */
  token?: Token;
  /**
   * Fetches a new token. It is called once when the service refuses the current one, however many calls are refused at that moment.
   * Each of those calls is then repeated once. Store the new token in your app as well.
   */
  refreshToken?: RefreshToken;
  /** The language of the messages for people. Korean by default. */
  language?: 'ko' | 'en';
  /** Replaces the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

/**
 * A client of the REST API.
 *
 * @example
 * const tiketi = createTiketiClient({ baseUrl: 'https://tickets.example', token: () => session.token });
 * const { events } = await tiketi.listEvents({ status: 'on_sale', limit: 20 });
 * const { reservation } = await tiketi.reserveSeats({ eventId, seatIds }); // throws TiketiError
 */
export function createTiketiClient(options: TiketiClientOptions): TiketiClient {
  const { baseUrl, token, refreshToken, language, fetch } = options;
  const api = createClient<paths>({ baseUrl, ...(fetch && { fetch }) });
  const headers: Record<string, string> = language ? { 'accept-language': language } : {};
  const call = new Caller(new Session(token, refreshToken), headers);
  const places = Places.of(token, refreshToken);
  /** Adds the latest proofs of the user's place in the event's waiting room. */
  const shown = (eventId: string, options: CallOptions = {}): CallOptions => ({
    ...options,
    headers: { ...places.headers(eventId), ...options.headers },
  });
  const noted = async <Answer extends { pass?: string; ticket?: string }>(
    eventId: string,
    answer: Promise<Answer>,
  ): Promise<Answer> => {
    places.note(eventId, await answer);
    return answer;
  };

  const operations: EveryOperation = {
    getHealth: (options) => call.open(options, (init) => api.GET('/health', init)),
    getReadiness: (options) =>
      call.open(options, async (init) => {
        const { data, error, response } = await api.GET('/health/ready', init);
        // The body of this 503 is the result.
        return { data: isReadiness(error) ? error : data, error, response };
      }),

    listEvents: (query = {}, options) =>
      call.open(options, (init) => api.GET('/api/v1/events', { ...init, params: { query } })),
    getEvent: (path, options) =>
      call.open(options, (init) => api.GET('/api/v1/events/{id}', { ...init, params: { path } })),
    listTicketTypes: (path, options) =>
      call.open(options, (init) => api.GET('/api/v1/tickets/event/{eventId}', { ...init, params: { path } })),
    getTicketAvailability: (path, options) =>
      call.open(options, (init) =>
        api.GET('/api/v1/tickets/availability/{ticketTypeId}', { ...init, params: { path } }),
      ),

    listSeatLayouts: (options) => call.open(options, (init) => api.GET('/api/v1/seats/layouts', init)),
    getSeatMap: (path, options) =>
      call.open(options, (init) => api.GET('/api/v1/seats/events/{eventId}', { ...init, params: { path } })),
    getSeatLayout: (path, options) =>
      call.open(options, (init) =>
        api.GET('/api/v1/seats/events/{eventId}/layout', { ...init, params: { path } }),
      ),
    getSeatStatuses: (path, options) =>
      call.open(options, (init) =>
        api.GET('/api/v1/seats/events/{eventId}/status', { ...init, params: { path } }),
      ),
    getEventChanges: ({ eventId, since }, options) =>
      call.open(options, (init) =>
        api.GET('/api/v1/seats/events/{eventId}/changes', {
          ...init,
          params: { path: { eventId }, query: { since } },
        }),
      ),
    reserveSeats: (body, options) =>
      call.signed(shown(body.eventId, options), (init) =>
        api.POST('/api/v1/seats/reserve', { ...init, body }),
      ),
    holdBestAvailable: (body, options) =>
      call.signed(shown(body.eventId, options), (init) =>
        api.POST('/api/v1/seats/best-available', { ...init, body }),
      ),
    getSeatReservation: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/seats/reservation/{reservationId}', { ...init, params: { path } }),
      ),

    createReservation: (body, options) =>
      call.signed(shown(body.eventId, options), (init) =>
        api.POST('/api/v1/reservations', { ...init, body }),
      ),
    listMyReservations: (query = {}, options) =>
      call.signed(options, (init) => api.GET('/api/v1/reservations/my', { ...init, params: { query } })),
    getReservation: (path, options) =>
      call.signed(options, (init) => api.GET('/api/v1/reservations/{id}', { ...init, params: { path } })),
    cancelReservation: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/reservations/{id}/cancel', { ...init, params: { path: { id } }, body }),
      ),
    extendReservation: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/reservations/{id}/extend', { ...init, params: { path } }),
      ),

    confirmReservation: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/reservations/{id}/confirm', { ...init, params: { path: { id } }, body }),
      ),
    noteRefund: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/reservations/{id}/refunded', { ...init, params: { path: { id } }, body }),
      ),
    getPayment: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/reservations/{id}/payment', { ...init, params: { path } }),
      ),
    listRefundsDue: (query = {}, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/reservations/refunds-due', { ...init, params: { query } }),
      ),

    checkQueue: (path, options) =>
      noted(
        path.eventId,
        call.signed(shown(path.eventId, options), (init) =>
          api.POST('/api/v1/queue/check/{eventId}', { ...init, params: { path } }),
        ),
      ),
    getQueueStatus: (path, options) =>
      noted(
        path.eventId,
        call.signed(shown(path.eventId, options), (init) =>
          api.GET('/api/v1/queue/status/{eventId}', { ...init, params: { path } }),
        ),
      ),
    heartbeatQueue: (path, options) =>
      noted(
        path.eventId,
        call.signed(shown(path.eventId, options), (init) =>
          api.POST('/api/v1/queue/heartbeat/{eventId}', { ...init, params: { path } }),
        ),
      ),
    leaveQueue: async (path, options) => {
      const answer = await call.signed(shown(path.eventId, options), (init) =>
        api.POST('/api/v1/queue/leave/{eventId}', { ...init, params: { path } }),
      );
      places.forget(path.eventId);
      return answer;
    },
    getQueueLottery: (path, options) =>
      call.open(options, (init) => api.GET('/api/v1/queue/lottery/{eventId}', { ...init, params: { path } })),
    getQueueLotteryOrder: (path, options) =>
      call.open(options, (init) =>
        api.GET('/api/v1/queue/lottery/{eventId}/order', { ...init, params: { path } }),
      ),
    getQueueAdmin: (path, options) =>
      call.signed(options, (init) => api.GET('/api/v1/queue/admin/{eventId}', { ...init, params: { path } })),
    updateQueueSettings: ({ eventId, ...body }, options) =>
      call.signed(options, (init) =>
        api.PATCH('/api/v1/queue/admin/{eventId}', { ...init, params: { path: { eventId } }, body }),
      ),
    clearQueue: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/queue/admin/clear/{eventId}', { ...init, params: { path } }),
      ),

    ...hallOperations(api, call),
    ...eventOperations(api, call),
    ...seatOperations(api, call),
    ...ticketTypeOperations(api, call),
    ...endingOperations(api, call),
    ...posterOperations(api, call),
    ...salesOperations(api, call),
    ...integrationOperations(api, call),
    ...statusOperations(api, call),
  };
  const watched: WatchedService = {
    client: operations,
    streamOf: (eventId) => ({
      url: `${baseUrl.replace(/\/$/, '')}/api/v1/live/${eventId}`,
      headers,
      fetch: fetch ?? globalThis.fetch,
    }),
  };
  return {
    ...operations,
    watchSeats: (eventId, options = {}) => watchSeats(watched, eventId, options),
    watchStock: (eventId, options = {}) => watchStock(watched, eventId, options),
  };
}

function isReadiness(body: unknown): body is Readiness {
  return typeof body === 'object' && body !== null && 'postgres' in body && 'redis' in body;
}
