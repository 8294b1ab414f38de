import type { ServerResponse } from 'node:http';
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
 * A connection that was silent for this long is closed. A client that sends more often gets its last answer with `connection: close`.
 * Without this time, each of 40 clients that sent one request after the other had one reset.
 */
const SILENCE_MS = 250;
/** A WebSocket that Socket.IO has closed ends when its client answers, but no later than this. */
const UPGRADED_MS = 2_000;
/** A request still unanswered by then has run into its own time limit, or its client doesn't read. */
const PATIENCE_MS = 8_000;

/** One connection of the server. */
class Connection {
  /** Responses that are not sent yet: more than one if the client pipelines. */
  readonly responses = new Set<ServerResponse>();
  readonly #socket: Socket;
  #silentSince = performance.now();
  #bytesRead = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  begin(response: ServerResponse): void {
    this.responses.add(response);
    response.once('close', () => {
      this.responses.delete(response);
      this.#silentSince = performance.now();
      this.#bytesRead = this.#socket.bytesRead;
    });
  }

  /** Whether no request is being answered, or has arrived in part, and none has come for a while. */
  get isSilent(): boolean {
    const received = this.#socket.bytesRead > this.#bytesRead;
    return this.responses.size === 0 && !received && performance.now() - this.#silentSince >= SILENCE_MS;
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

    server.on('connection', (socket: Socket) => {
      connections.set(socket, new Connection(socket));
      socket.once('close', () => connections.delete(socket));
    });
    server.prependListener('request', ({ socket }, response: ServerResponse) => {
      if (closing) response.shouldKeepAlive = false;
      connections.get(socket)?.begin(response);
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
      for (const [socket, connection] of connections) if (connection.isSilent) socket.destroySoon();
    }

    app.addHook('preClose', async () => {
      stopping.begun = true;
      closing = true;
      for (const { responses } of connections.values())
        for (const response of responses) response.shouldKeepAlive = false;

      // After the sockets were read in this turn of the event loop: closing one with unread bytes would reset it.
      const checking = setInterval(() => setImmediate(closeSilent), CHECK_EVERY_MS);
      const hangUp = setTimeout(destroyUpgraded, UPGRADED_MS);
      const giveUp = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
      server.once('close', () => {
        clearInterval(checking);
        clearTimeout(hangUp);
        clearTimeout(giveUp);
      });
      server.closeIdleConnections = () => undefined;
      // At once, before any answer says `connection: close` and sends its client for a new connection. Fastify would do it after
      // all preClose hooks.
      server.close();
      closeSilent();
    });
  },
  { name: 'closing' },
);
