import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Peers } from '../plugins/peers/peers.ts';
import type { RealtimeServer } from './types.ts';

/** What this needs of Engine.IO. */
interface Engine {
  generateId(request: IncomingMessage): string;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Brings every request of a session to the worker that has it, whichever got the connection. The id of a session names its worker. A
 * session that begins with a WebSocket is one connection and needs this never. One that polls may send each of its requests on another
 * connection, which a proxy shares among many clients, so that it can't stay with one worker.
 */
export function keepSessionsTogether(io: RealtimeServer, peers: Peers): void {
  if (peers.number === undefined) return;
  const engine = io.engine as unknown as Engine;
  const generateId = engine.generateId.bind(engine);
  const handleRequest = engine.handleRequest.bind(engine);
  const handleUpgrade = engine.handleUpgrade.bind(engine);
  const elsewhere = (url: string | undefined) => {
    const owner = /[?&]sid=(\d{1,4})\./.exec(url ?? '')?.[1];
    return owner === undefined || Number(owner) === peers.number ? undefined : Number(owner);
  };

  Object.assign(engine, {
    generateId: (request) => `${peers.number}.${generateId(request)}`,
    handleRequest(request, response) {
      // A session whose worker is gone is unknown here too, and Engine.IO says so: its client begins another one.
      const here = () => handleRequest(request, response);
      const owner = elsewhere(request.url);
      if (owner === undefined) here();
      else peers.forward(owner, request, response, here);
    },
    handleUpgrade(request, socket, head) {
      const here = () => handleUpgrade(request, socket, head);
      const owner = elsewhere(request.url);
      if (owner === undefined) here();
      else peers.forwardUpgrade(owner, request, socket, head, here);
    },
  } satisfies Engine);
}
