import type { components } from '../contract/types.ts';

/** The codes of the service, one for each cause. A code never changes its meaning. */
export type ErrorCode = components['schemas']['ErrorCode'];

/**
 * The codes of the client itself: `NETWORK_ERROR` if no answer arrived (no connection, a lost one, a time-out), `UNEXPECTED_ANSWER`
 * if an answer did not come from the service, but for example from a proxy.
 */
export type ClientErrorCode = 'NETWORK_ERROR' | 'UNEXPECTED_ANSWER';

export type ProblemDetail = components['schemas']['ProblemDetail'];
export type PlaceInLine = components['schemas']['PlaceInLine'];

export interface TiketiErrorOptions {
  status?: number;
  requestId?: string | undefined;
  details?: readonly ProblemDetail[] | undefined;
  queue?: PlaceInLine | undefined;
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** The reason why a call or a socket event failed. Programs read `code`, people read `message`. */
export class TiketiError extends Error {
  override readonly name = 'TiketiError';
  /** After `NETWORK_ERROR` the service may or may not have done what was asked. */
  readonly code: ErrorCode | ClientErrorCode;
  /** The HTTP status, or 0 without an answer and for a refusal over the socket. */
  readonly status: number;
  /** The id of the request in the service's log. */
  readonly requestId: string | undefined;
  /** The values of the request that are not valid. Empty unless `code` is `VALIDATION_FAILED`. */
  readonly details: readonly ProblemDetail[];
  /** With `QUEUE_REQUIRED`, the user's place in line, or the place that they would get. Waits are in whole seconds. */
  readonly queue: PlaceInLine | undefined;
  /** Seconds to wait before the next attempt, if the service says so (429, 503 and `IDEMPOTENCY_IN_FLIGHT`). */
  readonly retryAfter: number | undefined;

  constructor(code: TiketiError['code'], message: string, options: TiketiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 0;
    this.requestId = options.requestId;
    this.details = options.details ?? [];
    this.queue = options.queue;
    this.retryAfter = options.retryAfter;
  }

  /** Whether no answer arrived, so the service may or may not have acted. */
  get isNetworkError(): boolean {
    return this.code === 'NETWORK_ERROR';
  }
}

/** @param body parsed, or as text if it isn't JSON */
export function fromAnswer(response: Response, body: unknown, cause?: unknown): TiketiError {
  const { status, headers } = response;
  const retryAfter = secondsUntil(headers.get('retry-after'));
  if (!isProblem(body)) {
    const requestId = headers.get('x-request-id') ?? undefined;
    const message = `The answer (${status}) does not come from the service`;
    return new TiketiError('UNEXPECTED_ANSWER', message, { status, requestId, retryAfter, cause });
  }
  const { code, error, requestId, details, queue } = body;
  return new TiketiError(code, error, { status, requestId, details, queue, retryAfter, cause });
}

/** A refusal over the socket: `{ code, error }`, from an acknowledgement or with a refused connection. */
export function fromRefusal(refusal: unknown, cause?: unknown): TiketiError {
  return isRefusal(refusal)
    ? new TiketiError(refusal.code, refusal.error, { cause })
    : new TiketiError('UNEXPECTED_ANSWER', 'The refusal does not come from the service', { cause });
}

/** @param connected whether a connection stood, so that its origin had been accepted */
export function networkError(cause: unknown, { connected = false } = {}): TiketiError {
  const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
  const hint = connected ? '' : corsHint();
  return new TiketiError('NETWORK_ERROR', `No answer from the service${reason}${hint}`, { cause });
}

/** A browser tells a page neither that CORS is the reason nor any other one. Pages and workers have a location, Node has none. */
function corsHint(): string {
  const origin = (globalThis as { location?: { origin?: string } }).location?.origin;
  if (origin === undefined) return '';
  return `. CORS may be the reason: the service's variable FRONTEND_URL must list the origin ${origin}`;
}

type Refusal = Pick<components['schemas']['Problem'], 'code' | 'error'>;

function isRefusal(value: unknown): value is Refusal {
  const { code, error } = (value ?? {}) as { code?: unknown; error?: unknown };
  return typeof code === 'string' && typeof error === 'string';
}

function isProblem(value: unknown): value is components['schemas']['Problem'] {
  return isRefusal(value);
}

/** @param header a Retry-After header (RFC 9110, 10.2.3): seconds, or a date, which some proxies send */
function secondsUntil(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - Date.now()) / 1_000));
}
