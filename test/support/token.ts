import { createHmac, randomUUID } from 'node:crypto';
import { SECRET } from './service.ts';

/** Signs a token as the auth service does, or forges one. It is good for an hour unless the claims say otherwise. */
export function signToken(
  claims: object = { userId: randomUUID() },
  secret = SECRET,
  algorithm = 'HS256',
): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const text = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode({ exp, ...claims })}`;
  return `${text}.${algorithm === 'none' ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
}
