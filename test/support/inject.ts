import type { FastifyInstance, InjectOptions } from 'fastify';

/** The answer to a request. A stream, which has no end, is answered with what comes before the end of its first event. */
export async function answerOf(app: FastifyInstance, request: InjectOptions) {
  const { statusCode, headers, stream, raw } = await app.inject({ ...request, payloadAsStream: true });
  const isStream = headers['content-type'] === 'text/event-stream' && request.method !== 'HEAD';
  let body = '';
  for await (const chunk of stream().setEncoding('utf8')) {
    body += chunk;
    if (isStream && /^data: .*\n\n/m.test(body)) break;
  }
  // As the connection of a client that goes away.
  if (isStream) raw.res.destroy();
  return { statusCode, headers, body };
}
