import type { ServerResponse } from 'node:http';
import type { RealtimeServer } from './types.ts';

/**
 * What may wait for one socket, and what its transport may have taken before: less than 1 MB together. The largest packet, 50,000 seats
 * at once, is 600 KB.
 */
const MAX_WAITING_BYTES = 320 * 1024;
const MAX_TAKEN_BYTES = 640 * 1024;
/** What a waiting packet costs beside its text. */
const PACKET_BYTES = 200;

const waiting = Symbol('waiting');
const answer = Symbol('answer');

/** What is used of an Engine.IO connection. */
interface Connection {
  readonly transport: {
    readonly name: string;
    readonly writable: boolean;
    /** Of a WebSocket. */
    readonly socket?: { readonly bufferedAmount: number; terminate(): void };
    /** Of a poll. */
    readonly res?: ServerResponse | null;
  };
  readonly writeBuffer: unknown[];
  on(name: 'packetCreate', listener: (this: Connection, packet: { data?: string | Buffer }) => void): void;
  close(discard: boolean): void;
  /** The size of what is in `writeBuffer`. */
  [waiting]?: number;
  /** To the last poll. */
  [answer]?: ServerResponse;
}

interface Engine {
  readonly clients: Record<string, Connection>;
  on(name: 'connection' | 'flush', listener: (connection: Connection) => void): void;
}

/**
 * Drops sockets whose clients don't read. Such a client may answer pings all the same, so only the size of what waits gives it away:
 * 100 of them kept 200 MB.
 *
 * @returns a check of what the transports have taken, such as the answers to a flood of WebSocket pings. Call it once a second.
 */
export function dropSlowReaders(io: RealtimeServer): () => void {
  const engine = io.engine as unknown as Engine;
  engine.on('connection', (connection) => connection.on('packetCreate', countWaiting));
  engine.on('flush', dropUnreadAnswer);
  return () => {
    for (const id in engine.clients) {
      const connection = engine.clients[id] as Connection;
      if ((connection.transport.socket?.bufferedAmount ?? 0) > MAX_TAKEN_BYTES) drop(connection);
    }
  };
}

/** Called before a packet joins `writeBuffer`. It leaves at once if the transport is writable. */
function countWaiting(this: Connection, { data = '' }: { data?: string | Buffer }): void {
  if (this.transport.writable) return;
  const before = this.writeBuffer.length === 0 ? 0 : (this[waiting] ?? 0);
  this[waiting] = before + data.length + PACKET_BYTES;
  if (this[waiting] > MAX_WAITING_BYTES) drop(this);
}

/** A client polls again when it has read the last answer. One that doesn't read might poll on ever new connections. */
function dropUnreadAnswer(connection: Connection): void {
  const { res } = connection.transport;
  if (!res) return;
  const last = connection[answer];
  connection[answer] = res;
  if (!last || last.writableFinished || last.destroyed) return;
  last.destroy();
  drop(connection);
}

/** Not at once: the connection is in the middle of sending. */
function drop(connection: Connection): void {
  process.nextTick(() => {
    const { socket } = connection.transport;
    // A WebSocket that is closed in order would first send what waits.
    if (socket) socket.terminate();
    else connection.close(true);
  });
}
