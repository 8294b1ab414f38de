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

/** Answers what Node rejects before Fastify sees a request, in the form of all other errors. */
export function answerBrokenRequests(app: FastifyInstance): void {
  function refuse(socket: Duplex, code: ErrorCode, cause?: Error): void {
    if (socket.writable) {
      const requestId = randomUUID();
      app.log.debug({ reqId: requestId, code, err: cause }, 'unreadable request');
      const { status, ko: error } = catalogue[code];
      const body = JSON.stringify({ error, code, requestId });
      socket.write(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nX-Request-Id: ${requestId}\r\n` +
          `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    }
    socket.destroy();
  }

  /** The response to the last request of each connection. */
  const newest = new WeakMap<Duplex, ServerResponse<IncomingMessage>>();
  app.server.on('request', (request, response) => newest.set(request.socket, response));

  // Runs before Fastify's own listener, which ignores a destroyed socket.
  app.server.prependListener('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const last = newest.get(socket);
    // The unreadable bytes are the rest of a request that its headers already got refused. It has its answer.
    if (last?.headersSent && !last.req.complete) socket.destroySoon();
    else refuse(socket, nodeCodes[error.code ?? ''] ?? 'VALIDATION_FAILED', error);
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuse(socket, 'ROUTE_NOT_FOUND'));
  // An unknown expectation may be ignored (RFC 9110, 10.1.1); Node would answer 417 without a body.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
}
