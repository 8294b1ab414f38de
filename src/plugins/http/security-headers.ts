import type { onRequestHookHandler } from 'fastify';
import fp from 'fastify-plugin';

/**
 * What OWASP's REST Security Cheat Sheet asks of every answer of an API, without X-Frame-Options, which `frame-ancestors` replaces.
 * The other headers that Helmet recommends tell a browser how to show a page, and JSON is none: they took 4 µs of an answer's 40.
 */
const HSTS = 'max-age=31536000; includeSubDomains';

/**
 * The headers that Helmet recommends, without `upgrade-insecure-requests`: /docs must also work where there is no TLS.
 * They are constant because Helmet's own hook took 22 of the 100 µs of a request. A test compares them with Helmet's.
 */
const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'self'",
    "base-uri 'self'",
    "font-src 'self' https: data:",
    "form-action 'self'",
    "frame-ancestors 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "script-src 'self'",
    "script-src-attr 'none'",
    "style-src 'self' https: 'unsafe-inline'",
  ].join(';'),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': HSTS,
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

/** For the routes that serve pages, in place of the headers of an API. */
export const pageHeaders: onRequestHookHandler = (_request, reply, done) => {
  reply.headers(PAGE_HEADERS);
  done();
};

export default fp(
  async (app) => {
    app.addHook('onRequest', (_request, reply, done) => {
      // Should a browser ever take an answer for a page, it may load and run nothing.
      reply.header('content-security-policy', "default-src 'none';frame-ancestors 'none'");
      reply.header('strict-transport-security', HSTS);
      reply.header('x-content-type-options', 'nosniff');
      done();
    });
  },
  { name: 'security-headers' },
);
