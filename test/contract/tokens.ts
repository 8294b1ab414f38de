import { createHmac } from 'node:crypto';
import { SECRET } from '../support/service.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

/** Makes a token by hand, because a library refuses to make most of the invalid ones. */
export function forge(
  claims: unknown,
  { secret = SECRET, header = { alg: 'HS256', typ: 'JWT' } as object } = {},
): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export const unsigned = (claims: unknown): string =>
  `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`;
