import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { catalogue, type ErrorCode } from '../../errors/catalogue.ts';

const nodeCodes: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** Answers what Node refuses before there is a request that Fastify could answer, in the form of every other error. */
export function answerBrokenRequests(app: FastifyInstance): void {
  function refuse(socket: Duplex, code: ErrorCode, cause?: Error): void {
    if (socket.writable) {
      const requestId = randomUUID();
      app.log.debug({ reqId: requestId, code, err: cause }, 'not a request');
      const { status, ko: error } = catalogue[code];
      const body = JSON.stringify({ error, code, requestId });
      socket.write(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nX-Request-Id: ${requestId}\r\n` +
          `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    }
    socket.destroy();
  }

  /** The newest request of each connection and its answer. */
  const newest = new WeakMap<Duplex, { request: IncomingMessage; response: ServerResponse }>();
  app.server.on('request', (request, response) => newest.set(request.socket, { request, response }));

  // Before Fastify's own listener, which does nothing for a socket that is destroyed already.
  app.server.prependListener('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const last = newest.get(socket);
    // What can't be read is the rest of a request that was refused by its headers: one request gets one answer.
    if (last?.response.headersSent && !last.request.complete) socket.destroySoon();
    else refuse(socket, nodeCodes[error.code ?? ''] ?? 'VALIDATION_FAILED', error);
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuse(socket, 'ROUTE_NOT_FOUND'));
  // An expectation that nobody knows may be ignored (RFC 9110, 10.1.1); Node would answer 417 without a body.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
}
