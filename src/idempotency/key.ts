import { catalogue, type ErrorCode } from '../errors/catalogue.ts';
import type { Language } from '../lib/language.ts';

/** An Idempotency-Key, with what it takes to keep an answer under it. */
export interface IdempotencyKey {
  key: string;
  /** Identifies the operation and its input. The same key with another fingerprint is a mistake of the caller. */
  fingerprint: string;
  /** The language of the kept answer, if it is a refusal. */
  language: Language;
  requestId: string;
}

/** The user who calls an operation, and the key that they sent. */
export interface Caller {
  userId: string;
  idempotency?: IdempotencyKey | undefined;
}

/** The body of a refusal, as it is kept under a key. */
export function refusalBody(code: ErrorCode, { language, requestId }: IdempotencyKey) {
  return { error: catalogue[code][language], code, requestId };
}
