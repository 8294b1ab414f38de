import jwt from '@fastify/jwt';
import type { onRequestHookHandler } from 'fastify';
import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import { Problem } from '../errors/problem.ts';
import { isUuid } from '../lib/uuid.ts';

export type Role = 'user' | 'organizer' | 'admin' | 'service';

const ROLES: readonly unknown[] = ['user', 'organizer', 'admin', 'service'] satisfies Role[];

/** Shared by the requests with one token. */
export interface Claims {
  readonly userId: string;
  readonly role: Role;
}

/** Claims of RFC 7519, in seconds since 1970. */
interface Dates {
  iat: unknown;
  nbf: unknown;
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { userId: string; role?: Role; email?: string };
    user: Claims;
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** @throws Problem TOKEN_INVALID or TOKEN_EXPIRED */
    verifyToken(token: string): Claims;
    /** When a verified token ends, in ms since 1970; `undefined` for one without an end. */
    tokenExpiry(token: string): number | undefined;
  }
}

/** How far the clock of the auth service may be ahead of ours. `exp` needs no such tolerance: it is minutes or hours away. */
const CLOCK_SKEW_SECONDS = 5;

/**
 * The last tokens that were valid, as they were sent. A buyer sends the same one with each request: finding it takes 0.1 µs, and verifying
 * it again 6.5.
 */
const VERIFIED = 10_000;

interface Verified {
  claims: Claims;
  /** In ms since 1970. */
  endsAt: number;
}

/** A valid signature is not enough: without a user id, a purchase would belong to no user. */
function toClaims(payload: unknown): Claims {
  const { userId, role = 'user', iat, nbf } = (payload ?? {}) as Partial<Claims & Dates>;
  if (!hasBegun(iat) || !hasBegun(nbf)) throw new Problem('TOKEN_INVALID');
  if (typeof userId !== 'string' || !isUuid(userId)) throw new Problem('TOKEN_INVALID');
  if (!ROLES.includes(role)) throw new Problem('TOKEN_INVALID');
  return { userId: userId.toLowerCase(), role };
}

/** Whether a time of the token is past or as good as past. A token may leave it out (RFC 7519, 4.1.5 and 4.1.6). */
function hasBegun(time: unknown): boolean {
  if (time === undefined) return true;
  return typeof time === 'number' && time <= Date.now() / 1_000 + CLOCK_SKEW_SECONDS;
}

/** Every fault of a token is a 401, because existing clients sign in again on that alone. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const expired = (error as NodeJS.ErrnoException).code === 'FAST_JWT_EXPIRED';
  return new Problem(expired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', { cause: error });
}

/** @throws Problem UNAUTHENTICATED without `Bearer` (RFC 6750, 2.1), TOKEN_INVALID unless exactly one token follows it */
function bearerToken(header = ''): string {
  const [scheme = '', token, ...more] = header.split(' ');
  if (scheme.toLowerCase() !== 'bearer') throw new Problem('UNAUTHENTICATED');
  if (!token || more.length > 0) throw new Problem('TOKEN_INVALID');
  return token;
}

/**
 * The auth service signs the tokens; this service only verifies them. The contract says who may call an operation: each route
 * carries that as `config.auth`, and the start fails when a route under /api has none.
 */
export default fp<{ secret: string; requireExpiry: boolean }>(
  async (app, { secret, requireExpiry }) => {
    await app.register(jwt, {
      secret,
      sign: { algorithm: 'HS256' },
      // fast-jwt has one tolerance for `nbf` and `exp`, so `toClaims` compares `nbf` itself.
      verify: {
        algorithms: ['HS256'],
        ignoreNotBefore: true,
        ...(requireExpiry && { requiredClaims: ['exp'] }),
      },
    });
    const verified = new LRUCache<string, Verified>({ max: VERIFIED });
    app.decorate('verifyToken', (token: string) => {
      const known = verified.get(token);
      if (known && Date.now() < known.endsAt) return known.claims;
      try {
        const payload = app.jwt.verify<{ exp?: number }>(token);
        const claims = toClaims(payload);
        const endsAt = (payload.exp ?? Number.POSITIVE_INFINITY) * 1_000;
        verified.set(token, { claims, endsAt });
        return claims;
      } catch (error) {
        throw toProblem(error);
      }
    });
    app.decorate('tokenExpiry', (token: string) => {
      const { exp } = app.jwt.decode<{ exp?: number }>(token) ?? {};
      return exp === undefined ? undefined : exp * 1_000;
    });

    // `request.jwtVerify()` decodes the token twice over five promises, which takes 27 of the 100 µs of a request.
    const authenticate: onRequestHookHandler = (request, reply, done) => {
      try {
        request.user = app.verifyToken(bearerToken(request.headers.authorization));
        // What one user is told, no cache may keep.
        reply.header('cache-control', 'no-store');
        done();
      } catch (error) {
        done(error as Error);
      }
    };
    // Roles are separate: an administrator can't take payments, and a service can't clear a waiting room. Only what an organizer may do
    // with their own events, an administrator may do with all.
    const requireRole = (required: Role): onRequestHookHandler => {
      const allowed: Role[] = required === 'organizer' ? ['organizer', 'admin'] : [required];
      return (request, _reply, done) =>
        done(allowed.includes(request.user.role) ? undefined : new Problem('FORBIDDEN'));
    };
    app.addHook('onRoute', (route) => {
      const auth = route.config?.auth;
      if (auth === undefined && route.url.startsWith('/api')) {
        throw new Error(`${route.method} ${route.url} has no config.auth: define the operation in openapi/`);
      }
      if (auth === undefined || auth === 'public') return;
      const own = route.onRequest === undefined ? [] : [route.onRequest].flat();
      route.onRequest = [authenticate, ...(auth === 'user' ? [] : [requireRole(auth)]), ...own];
    });
  },
  { name: 'auth', dependencies: ['errors'] },
);
