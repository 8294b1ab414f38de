import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { catalogue, type ErrorCode, isUnavailable, Problem } from '../errors.ts';
import { preferredLanguage } from '../language.ts';

const frameworkCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_JWT_NO_AUTHORIZATION_IN_HEADER: 'UNAUTHENTICATED',
  FST_JWT_AUTHORIZATION_TOKEN_EXPIRED: 'TOKEN_EXPIRED',
};

/** What went wrong, in the words of the catalogue. */
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
  // Whatever else is wrong with a token, the client has to sign in again: existing clients do so on a 401 only.
  if (error.code?.startsWith('FST_JWT_')) return new Problem('TOKEN_INVALID', { cause: error });
  if (isUnavailable(error)) return new Problem('SERVICE_UNAVAILABLE', { cause: error, retryAfter: 1 });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem('MALFORMED_BODY', { cause: error });
  }
  return new Problem('INTERNAL_ERROR', { cause: error });
}

/** Answers with `{ error, code, requestId }`; never with a stack or a driver's message, which go to the log alone. */
export function sendProblem(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  if (problem.statusCode >= 500) request.log.error({ err: error, code: problem.code }, 'request failed');
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  reply.code(problem.statusCode).send({
    error: catalogue[problem.code][preferredLanguage(request.headers['accept-language'])],
    code: problem.code,
    requestId: request.id,
    ...(problem.details && { details: problem.details }),
  });
}

export default fp(
  async (app) => {
    app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply));
    app.setNotFoundHandler((request, reply) => sendProblem(new Problem('ROUTE_NOT_FOUND'), request, reply));
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id);
    });
  },
  { name: 'errors' },
);
