import type { FastifyReply, onRequestHookHandler } from 'fastify';

/** The pages load and call this service alone, and run no inline script. Pictures may also come from memory (`blob:`). */
const POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self' data: blob:",
  "media-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self'",
].join(';');

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

export const setWebHeaders = (reply: FastifyReply) => reply.headers(HEADERS);

export const webHeaders: onRequestHookHandler = (_request, reply, done) => {
  setWebHeaders(reply);
  done();
};
