import type { ErrorCode } from '../../errors/catalogue.ts';
import { Problem } from '../../errors/problem.ts';
import { reasonOf } from '../../errors/reason.ts';
import { isUnavailable, UnavailableError } from '../../errors/unavailable.ts';

/** An error as one worker sends it to another. */
export type SentError =
  | {
      kind: 'problem';
      code: ErrorCode;
      fields: Problem['fields'];
      retryAfter?: number | undefined;
      cause?: SentError | undefined;
    }
  | { kind: 'unavailable'; reason: string }
  | { kind: 'other'; message: string; stack: string | undefined };

export function sentError(thrown: unknown): SentError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof Problem) {
    const { code, fields, retryAfter, cause } = error;
    return {
      kind: 'problem',
      code,
      fields,
      retryAfter,
      cause: cause === undefined ? undefined : sentError(cause),
    };
  }
  if (isUnavailable(error)) return { kind: 'unavailable', reason: reasonOf(error) };
  return { kind: 'other', message: error.message, stack: error.stack };
}

/** @returns an error that is answered and logged as the one that was sent */
export function receivedError(sent: SentError): Error {
  if (sent.kind === 'unavailable') return new UnavailableError(sent.reason);
  if (sent.kind === 'other') return Object.assign(new Error(sent.message), { stack: sent.stack });
  const { code, fields, retryAfter, cause } = sent;
  return new Problem(code, {
    fields,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(cause && { cause: receivedError(cause) }),
  });
}
