import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { answerOf } from './inject.ts';
import type { Service } from './service.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface HttpRequest {
  method?: Method;
  url: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a string as it is. */
  payload?: object | string;
  signal?: AbortSignal;
}

export type HttpAnswer = Awaited<ReturnType<typeof ask>>;

/**
 * Sends one request.
 *
 * @param to an instance, which is asked through `inject`, or an origin, which is asked over the network
 * @returns the answer. `text` is its body as sent, and `body` is the same parsed, if it is JSON.
 */
export async function ask(to: FastifyInstance | string, request: HttpRequest) {
  const { status, headers, text } =
    typeof to === 'string' ? await fetchFrom(to, request) : await injectInto(to, request);
  const isJson = text !== '' && String(headers['content-type']).startsWith('application/json');
  return { status, headers, text, body: isJson ? JSON.parse(text) : text };
}

interface Raw {
  status: number;
  headers: OutgoingHttpHeaders;
  text: string;
}

async function injectInto(app: FastifyInstance, request: HttpRequest): Promise<Raw> {
  const { statusCode, headers, body } = await answerOf(app, request);
  return { status: statusCode, headers, text: body };
}

async function fetchFrom(origin: string, { url, headers, payload, ...rest }: HttpRequest): Promise<Raw> {
  const isObject = typeof payload === 'object';
  const response = await fetch(`${origin}${url}`, {
    ...rest,
    headers: { ...(isObject && { 'content-type': 'application/json' }), ...headers },
    ...(payload !== undefined && { body: isObject ? JSON.stringify(payload) : payload }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: await response.text(),
  };
}

/** The id of a user, or the headers to send. */
type Caller = string | Record<string, string>;

/** The calls that most tests make, on one instance of the service. Paths are relative to `/api/v1`. */
export function apiOf(service: Service, instance = 0) {
  const app = service.apps[instance % service.apps.length] as FastifyInstance;
  const send = (method: Method, path: string, caller: Caller = {}, payload?: object) =>
    ask(app, {
      method,
      url: `/api/v1${path}`,
      headers: typeof caller === 'string' ? service.as(caller) : caller,
      ...(payload && { payload }),
    });
  const get = (path: string, caller?: Caller) => send('GET', path, caller);
  const post = (path: string, caller?: Caller, payload?: object) => send('POST', path, caller, payload);
  return {
    get,
    post,
    patch: (path: string, caller?: Caller, payload?: object) => send('PATCH', path, caller, payload),
    reserve: (eventId: string, seatIds: string[], caller: Caller = randomUUID()) =>
      post('/seats/reserve', caller, { eventId, seatIds }),
    best: (
      wish: { eventId: string; quantity: number; section?: string; maxPrice?: number },
      caller: Caller = randomUUID(),
    ) => post('/seats/best-available', caller, wish),
    buy: (
      eventId: string,
      items: { ticketTypeId: string | undefined; quantity: number }[],
      caller: Caller = randomUUID(),
    ) => post('/reservations', caller, { eventId, items }),
    cancel: (reservationId: string, caller: Caller) => post(`/reservations/${reservationId}/cancel`, caller),
  };
}

/** How many answers of each kind there were, as `201` or `409 SEAT_UNAVAILABLE`. */
export function tally(answers: { status: number; body: { code?: string } }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const kind = body.code ? `${status} ${body.code}` : `${status}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
