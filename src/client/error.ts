import type { components } from '../contract/types.ts';

/** What the service can say, one code for each cause. A code never changes its meaning. */
export type ErrorCode = components['schemas']['ErrorCode'];

/**
 * What this client says itself: `NETWORK_ERROR` when no answer came (no connection, cut off, too late), `UNEXPECTED_ANSWER` when
 * one came that isn't the service's, as from a proxy in between.
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

/** Why a call or a socket event did not succeed. Decide by `code`; `message` is for people. */
export class TiketiError extends Error {
  override readonly name = 'TiketiError';
  /** For programs. `NETWORK_ERROR` means that nobody knows whether the service did it. */
  readonly code: ErrorCode | ClientErrorCode;
  /** HTTP status; 0 where there is none: no answer, or a refusal over the socket. */
  readonly status: number;
  /** Finds the request in the service's log. */
  readonly requestId: string | undefined;
  /** What is wrong where in the request; empty but for `VALIDATION_FAILED`. */
  readonly details: readonly ProblemDetail[];
  /** With `QUEUE_REQUIRED`: where this user stands in line, or would stand; waits in whole seconds. */
  readonly queue: PlaceInLine | undefined;
  /** Seconds to wait before the next try, where the service says so (429 and 503). */
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

  /** Whether no answer came at all, so that it is open whether the service acted. */
  get isNetworkError(): boolean {
    return this.code === 'NETWORK_ERROR';
  }
}

/** @param body parsed, or as text where it isn't JSON */
export function fromAnswer(response: Response, body: unknown, cause?: unknown): TiketiError {
  const { status, headers } = response;
  const retryAfter = secondsUntil(headers.get('retry-after'));
  if (!isProblem(body)) {
    const requestId = headers.get('x-request-id') ?? undefined;
    const message = `The answer (${status}) is not one of the service`;
    return new TiketiError('UNEXPECTED_ANSWER', message, { status, requestId, retryAfter, cause });
  }
  const { code, error, requestId, details, queue } = body;
  return new TiketiError(code, error, { status, requestId, details, queue, retryAfter, cause });
}

/** A refusal over the socket: `{ code, error }`, from an acknowledgement or with a refused connection. */
export function fromRefusal(refusal: unknown, cause?: unknown): TiketiError {
  return isRefusal(refusal)
    ? new TiketiError(refusal.code, refusal.error, { cause })
    : new TiketiError('UNEXPECTED_ANSWER', 'The refusal is not one of the service', { cause });
}

export function networkError(cause: unknown): TiketiError {
  const reason = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
  return new TiketiError('NETWORK_ERROR', `No answer from the service${reason}`, { cause });
}

type Refusal = Pick<components['schemas']['Problem'], 'code' | 'error'>;

function isRefusal(value: unknown): value is Refusal {
  const { code, error } = (value ?? {}) as { code?: unknown; error?: unknown };
  return typeof code === 'string' && typeof error === 'string';
}

function isProblem(value: unknown): value is components['schemas']['Problem'] {
  return isRefusal(value);
}

/** @param header a Retry-After header (RFC 9110, 10.2.3): seconds, or a date as some proxies send it */
function secondsUntil(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - Date.now()) / 1_000));
}
