import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { serialize } from 'node:v8';
import { answerLink } from './link.ts';

export const LOOPBACK = '127.0.0.1';
/** The workers prove with it that they belong together. */
export const KEY_HEADER = 'x-tiketi-workers-key';
/** Questions of the workers to each other. No other path of the service begins so. */
export const QUESTIONS = '/-/';
/** Asks for a link, by an upgrade. */
export const LINK = '/-/link';

/**
 * Where the other workers reach this one: a port of its own, of the machine itself. They hand on requests that only this one can
 * answer, and ask for its figures.
 */
export class Door {
  readonly #server: Server;
  readonly #links = new Set<Socket>();

  /**
   * @param app the server of the app, which answers what other workers hand on
   * @param answer answers a question of another worker
   */
  constructor(app: Server, key: string, answer: (question: string, value?: unknown) => Promise<unknown>) {
    this.#server = createServer({ requireHostHeader: false, optimizeEmptyRequests: true });
    // A connection that the other side keeps open must not end at the moment when it sends the next request.
    this.#server.keepAliveTimeout = 0;
    this.#server.on('request', (request, response) => {
      if (request.headers[KEY_HEADER] !== key) response.writeHead(403).end();
      else if (request.url?.startsWith(QUESTIONS)) {
        answer(request.url.slice(QUESTIONS.length)).then(
          (value) => response.end(serialize(value)),
          () => response.writeHead(500).end(),
        );
      } else app.emit('request', request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (request.headers[KEY_HEADER] !== key) socket.destroy();
      else if (request.url === LINK) this.#link(socket as Socket, answer);
      else app.emit('upgrade', request, socket, head);
    });
  }

  /** @returns the port */
  async open(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    // Exclusive: the workers must not share this one.
    this.#server.listen({ port: 0, host: LOOPBACK, exclusive: true }, resolve);
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#links) socket.destroy();
  }

  #link(socket: Socket, answer: (question: string, value: unknown) => Promise<unknown>): void {
    this.#links.add(socket);
    socket.once('close', () => this.#links.delete(socket));
    answerLink(socket, answer);
  }
}
