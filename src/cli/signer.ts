import jwt from '@fastify/jwt';
import Fastify from 'fastify';
import type { Role } from '../plugins/auth.ts';

export type Signer = (claims: { userId: string; role: Role }) => string;

/** Signs tokens as an auth service does. */
export async function signerOf(secret: string, hours: number): Promise<Signer> {
  const app = Fastify();
  await app.register(jwt, { secret, sign: { algorithm: 'HS256', expiresIn: `${hours}h` } });
  return (claims) => app.jwt.sign(claims);
}
