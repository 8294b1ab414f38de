import fp from 'fastify-plugin';
import { Problem } from '../../errors/problem.ts';

/**
 * Headers of which a request has one at most. Of the first three, Node keeps the first; it joins the others with a comma, which is
 * another key or proof than either. Headers that are lists, such as If-None-Match, may be repeated.
 */
const SINGLE = new Set([
  'authorization',
  'content-type',
  'host',
  'idempotency-key',
  'x-queue-pass',
  'x-queue-ticket',
]);

function repeated(rawHeaders: string[]): string | undefined {
  const seen: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.includes(name)) return name;
    seen.push(name);
  }
  return undefined;
}

/** Refuses a request that has a header twice where one of the two would be taken, silently and perhaps the wrong one. */
export default fp(
  async (app) => {
    app.addHook('onRequest', ({ raw }, _reply, done) => {
      const name = repeated(raw.rawHeaders);
      if (name === undefined) return done();
      const details = [{ path: `headers/${name}`, message: 'must be sent once' }];
      done(new Problem('VALIDATION_FAILED', { details }));
    });
  },
  { name: 'repeated-headers' },
);
