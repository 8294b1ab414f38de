import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { catalogue, type ErrorCode } from '../../errors/catalogue.ts';
import { Problem } from '../../errors/problem.ts';
import { reasonOf } from '../../errors/reason.ts';
import { isUnavailable } from '../../errors/unavailable.ts';
import { textFor } from '../../lib/language.ts';
import { answerBrokenRequests } from './broken-requests.ts';
import { allowedMethods } from './methods.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** How a person is told that an address has no page, where there are pages. `show` is undefined otherwise. */
    notFoundPage: { show?: (request: FastifyRequest, reply: FastifyReply) => boolean };
  }
  interface FastifyRequest {
    /** Why the request was answered 503, if it was. */
    unavailable: string | undefined;
  }
}

const frameworkCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
};

/** Finds the error of the catalogue for whatever was thrown. */
function toProblem(error: Partial<FastifyError> & Error): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) {
    const details = error.validation.map(({ instancePath, message, params }) => ({
      path: `${error.validationContext}${instancePath}`,
      message: [message, params.additionalProperty, params.allowedValues].filter(Boolean).join(': '),
    }));
    return new Problem('VALIDATION_FAILED', { details });
  }
  const code = error.code === undefined ? undefined : frameworkCodes[error.code];
  if (code) return new Problem(code, { cause: error });
  // Refusals of Fastify and its plugins. Check them before `isUnavailable`, because a caller who hangs up in the middle of a body
  // is an ECONNRESET as well.
  const { statusCode = 500 } = error;
  if (statusCode >= 400 && statusCode < 500) {
    if (statusCode === 404) return new Problem('ROUTE_NOT_FOUND', { cause: error });
    const isBody = error.code?.startsWith('FST_ERR_CTP_') || error.code === 'ECONNRESET';
    return new Problem(isBody ? 'MALFORMED_BODY' : 'VALIDATION_FAILED', { cause: error });
  }
  if (isUnavailable(error)) return new Problem('SERVICE_UNAVAILABLE', { cause: error });
  return new Problem('INTERNAL_ERROR', { cause: error });
}

/**
 * A dependency that is down is logged once, by its health check. A request says why it failed in its own line: a stack for each of
 * a rush would be 2 kB a buyer. Any other cause, such as corrupt data, is logged as an error.
 */
function noteUnavailable(request: FastifyRequest, error: Error, problem: Problem): void {
  const cause = error instanceof Problem ? error.cause : error;
  if (cause !== undefined && !isUnavailable(cause))
    request.log.error({ err: error, code: problem.code }, 'request failed');
  request.unavailable = cause instanceof Error ? reasonOf(cause) : 'overload';
}

/** Answers with `{ error, code, requestId }` and the problem's own fields. Stacks and drivers' messages go to the log alone. */
export function sendProblem(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  if (problem.code === 'SERVICE_UNAVAILABLE') noteUnavailable(request, error, problem);
  else if (problem.statusCode >= 500) request.log.error({ err: error, code: problem.code }, 'request failed');
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  // Set here too, because a request that Fastify refuses before it looks for a route runs no hooks.
  reply.header('x-request-id', request.id);
  // A cache at the edge could take a 404 or a 410 for lasting.
  reply.header('cache-control', 'no-store');
  const fixed = {
    error: textFor(request, catalogue[problem.code]),
    code: problem.code,
    requestId: request.id,
  };
  // Spread twice: the first time for the order, the second so that no field of the problem replaces one of them.
  reply.code(problem.statusCode).send({ ...fixed, ...problem.fields, ...fixed });
}

/** Answers a request for which there is no route, or not what its path names. */
function sendNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const allowed = allowedMethods(request);
  // A path that has the method can name a file that doesn't exist.
  const isPath = allowed.length === 0 || allowed.includes(request.method);
  if (isPath && request.server.notFoundPage.show?.(request, reply)) return;
  if (!isPath) reply.header('allow', allowed.join(', '));
  sendProblem(new Problem(isPath ? 'ROUTE_NOT_FOUND' : 'METHOD_NOT_ALLOWED'), request, reply);
}

export default fp(
  async (app) => {
    app.decorate('notFoundPage', {});
    app.setErrorHandler<FastifyError>((error, request, reply) => {
      // For the method QUERY, Fastify checks the headers before it looks for a route.
      if (error.code === 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE') sendNotFound(request, reply);
      else sendProblem(error, request, reply);
    });
    app.setNotFoundHandler(sendNotFound);
    app.addHook('onRequest', ({ id, headers, raw }, reply, done) => {
      reply.header('x-request-id', id);
      // HTTP/1.1 requires a host (RFC 9112, 3.2), and Node's own refusal has no body.
      const isHostMissing = headers.host === undefined && raw.httpVersion === '1.1';
      done(isHostMissing ? new Problem('VALIDATION_FAILED') : undefined);
    });
    answerBrokenRequests(app);
  },
  { name: 'errors' },
);
