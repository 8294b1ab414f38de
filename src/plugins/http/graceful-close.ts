import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** Once `begun`, the instance is about to end: it serves every request, but `/health/ready` tells balancers to send no more. */
    stopping: { begun: boolean };
  }
}

const CHECK_EVERY_MS = 50;
/**
 * A connection is closed when it was silent in so many checks, which take 400 ms, and longer on a machine that is too busy to check
 * in time. A client that sends more often gets its last answer with `connection: close`. When silent connections were closed at once,
 * each of 40 clients that sent one request after the other had one reset.
 */
const SILENT_CHECKS = 8;
/** An empty line after a request begins no other one (RFC 9112, 2.2). */
const EMPTY_LINE_BYTES = 2;
/** A WebSocket that Socket.IO has closed ends when its client answers, but no later than this. */
const UPGRADED_MS = 2_000;
/** A request still unanswered by then has run into its own time limit, or its client doesn't read. */
const PATIENCE_MS = 8_000;

/** One connection of the server. While the instance serves, it only takes notes: listeners for each request would cost 2 µs. */
class Connection {
  /** Responses that may not be sent yet: more than one if the client pipelines. */
  #responses: ServerResponse[] = [];
  readonly #socket: Socket;
  /** The response with which the connection ends. */
  #last: ServerResponse | undefined;
  #bytesRead = 0;
  #silentChecks = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const { headers } = request;
    if (this.#responses.length > 0) this.#responses = this.#open();
    this.#responses.push(response);
    this.#silentChecks = 0;
    this.#noteRead();
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
    // A body arrives later, and the rest of it perhaps after the request was refused.
    request.once('close', this.#noteRead);
    response.once('close', this.#noteRead);
  }

  /** Forgets a response. One that an idle connection held on to made the garbage collector keep others, for 3 µs an answer. */
  end(response: ServerResponse): void {
    const index = this.#responses.indexOf(response);
    if (index >= 0) this.#responses.splice(index, 1);
  }

  readonly #noteRead = (): void => {
    this.#bytesRead = this.#socket.bytesRead;
  };

  /** The responses that are not sent yet. */
  #open(): ServerResponse[] {
    return this.#responses.filter(({ closed }) => !closed);
  }

  /** Ends the connection with its last response. If an earlier one said `connection: close`, Node would send none after it. */
  endWithLast(): void {
    if (this.#last) this.#last.shouldKeepAlive = true;
    this.#last = this.#open().at(-1);
    if (this.#last) this.#last.shouldKeepAlive = false;
  }

  /** Closes the connection, unless a request is being answered, has arrived in part, or came a moment ago. */
  closeIfSilent(): void {
    const hasReceived = this.#socket.bytesRead > this.#bytesRead + EMPTY_LINE_BYTES;
    if (this.#open().length > 0 || hasReceived) this.#silentChecks = 0;
    else if (++this.#silentChecks === SILENT_CHECKS) this.#socket.destroySoon();
  }
}

/**
 * Ends the server without resetting a request. It takes no new connections, and goes on to answer requests on the open ones, each with
 * `connection: close`. Node's own close() destroys all connections that are idle at that moment, with the requests on their way, and
 * leaves those that become idle later open for more than a minute.
 */
export default fp(
  async (app) => {
    const { server } = app;
    const connections = new Map<Socket, Connection>();
    const upgraded = new Set<Socket>();
    const stopping = { begun: false };
    app.decorate('stopping', stopping);
    let closing = false;
    let waitsForOthers = false;

    server.on('connection', (socket: Socket) => {
      connections.set(socket, new Connection(socket));
      socket.once('close', () => connections.delete(socket));
    });
    app.addHook('onReady', async () => {
      // When all plugins are loaded: Socket.IO takes its own requests from the listeners that it finds.
      server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
        const connection = connections.get(request.socket);
        connection?.begin(request, response);
        if (closing) connection?.endWithLast();
      });
    });
    // Fastify says `connection: close` in each answer from the beginning of its close on, which is too early by this wait.
    app.addHook('onRequest', (_request, { raw }, done) => {
      if (waitsForOthers && raw.shouldKeepAlive) raw.setHeader('connection', 'keep-alive');
      done();
    });
    app.addHook('onResponse', ({ raw: { socket } }, reply, done) => {
      connections.get(socket)?.end(reply.raw);
      done();
    });
    server.prependListener('upgrade', (_request, socket: Socket) => {
      // Socket.IO closes its connections itself, but has done so already if the instance is closing.
      if (closing) socket.destroy();
      connections.delete(socket);
      upgraded.add(socket);
      socket.once('close', () => upgraded.delete(socket));
    });

    function destroyUpgraded(): void {
      for (const socket of upgraded) socket.destroy();
    }
    function closeSilent(): void {
      for (const connection of connections.values()) connection.closeIfSilent();
    }

    app.addHook('preClose', async () => {
      stopping.begun = true;
      server.closeIdleConnections = () => undefined;
      // At once, before any answer says `connection: close` and sends its client for a new connection. Fastify would do it after
      // all preClose hooks.
      server.close();
      // The same of the other workers: a client whose connection ends must not find one of them that is about to close.
      waitsForOthers = true;
      await app.peers.closed();
      waitsForOthers = false;
      closing = true;
      for (const connection of connections.values()) connection.endWithLast();

      // After the sockets were read in this turn of the event loop: closing one with unread bytes would reset it.
      const checking = setInterval(() => setImmediate(closeSilent), CHECK_EVERY_MS);
      const hangUp = setTimeout(destroyUpgraded, UPGRADED_MS);
      const giveUp = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
      server.once('close', () => {
        clearInterval(checking);
        clearTimeout(hangUp);
        clearTimeout(giveUp);
      });
    });
  },
  { name: 'closing', dependencies: ['peers'] },
);
