import { catalogue, type ErrorCode } from '../errors/catalogue.ts';
import { type IdempotencyKey, refusalBody } from './key.ts';

/** An answer as it is kept under an idempotency key. */
export interface KeptAnswer {
  fingerprint: string;
  status: number;
  body: string;
}

/** An answer with the key that it is kept under, as the statements of batches take it. */
export interface KeptUnderKey extends KeptAnswer {
  user_id: string;
  key: string;
}

/** @param decided the answer, or why the request is refused */
export function answerToKeep(
  idempotency: IdempotencyKey,
  decided: object | ErrorCode,
  grantedStatus: number,
): KeptAnswer {
  const { fingerprint } = idempotency;
  if (typeof decided === 'object')
    return { fingerprint, status: grantedStatus, body: JSON.stringify(decided) };
  return {
    fingerprint,
    status: catalogue[decided].status,
    body: JSON.stringify(refusalBody(decided, idempotency)),
  };
}

/** The answer that was kept under the key, as it was sent. */
export interface Replayed {
  kind: 'replayed';
  status: number;
  body: string;
}

/** Repeats an answer, or says IDEMPOTENCY_KEY_REUSED if another request had the key. */
export function replay(
  kept: KeptAnswer,
  fingerprint: string,
): Replayed | { kind: 'refused'; code: 'IDEMPOTENCY_KEY_REUSED' } {
  if (kept.fingerprint !== fingerprint) return { kind: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' };
  return { kind: 'replayed', status: kept.status, body: kept.body };
}
