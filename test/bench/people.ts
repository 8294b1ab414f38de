import { createHash, createHmac } from 'node:crypto';

const TOKEN_SECONDS = 7_200;

/** The n-th user, the same in every process and run: one process fills the line with the users as whom another one polls. */
export function userIdOf(n: number): string {
  const hex = createHash('md5').update(String(n)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A token as the auth service signs it. */
export function tokenOf(userId: string, secret: string, role: 'user' | 'admin' | 'service' = 'user'): string {
  const now = Math.floor(Date.now() / 1_000);
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ userId, role, iat: now, exp: now + TOKEN_SECONDS })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
