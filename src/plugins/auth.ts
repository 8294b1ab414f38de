import jwt from '@fastify/jwt';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../errors.ts';

export type Role = 'user' | 'admin' | 'service';

export interface Claims {
  userId: string;
  role: Role;
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { userId: string; role?: Role; email?: string };
    user: Claims;
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** @throws Problem TOKEN_INVALID or TOKEN_EXPIRED, FastifyError FST_JWT_* */
    verifyToken(token: string): Claims;
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A signature alone is not enough: a token without a user would buy as nobody. */
function toClaims(payload: unknown): Claims {
  const { userId, role = 'user' } = payload as Partial<Claims>;
  if (typeof userId !== 'string' || !UUID.test(userId)) throw new Problem('TOKEN_INVALID');
  if (role !== 'user' && role !== 'admin' && role !== 'service') throw new Problem('TOKEN_INVALID');
  return { userId: userId.toLowerCase(), role };
}

/**
 * The auth service signs the tokens, this service only checks them. Who may call what stands in the contract: each route
 * carries it as `config.auth`, and a route under /api without one stops the start.
 */
export default fp<{ secret: string }>(
  async (app, { secret }) => {
    await app.register(jwt, {
      secret,
      sign: { algorithm: 'HS256' },
      verify: { algorithms: ['HS256'], cache: 10_000 },
      formatUser: toClaims,
    });
    app.decorate('verifyToken', (token: string) => toClaims(app.jwt.verify(token)));

    const authenticate = async (request: FastifyRequest) => {
      await request.jwtVerify();
    };
    const requireAdmin = async (request: FastifyRequest) => {
      if (request.user.role !== 'admin') throw new Problem('FORBIDDEN');
    };
    app.addHook('onRoute', (route) => {
      const auth = route.config?.auth;
      if (auth === undefined && route.url.startsWith('/api')) {
        throw new Error(`${route.method} ${route.url} is not from the contract: nobody knows who may call it`);
      }
      if (auth === undefined || auth === 'public') return;
      const own = route.onRequest === undefined ? [] : [route.onRequest].flat();
      route.onRequest = [authenticate, ...(auth === 'admin' ? [requireAdmin] : []), ...own];
    });
  },
  { name: 'auth', dependencies: ['errors'] },
);
