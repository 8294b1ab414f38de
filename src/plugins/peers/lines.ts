import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/**
 * Sends messages over a connection, and receives them. Those of one turn of the event loop are one line of JSON and one write: a write
 * takes 10 µs, and a message 2.
 */
export class Lines {
  readonly #socket: Socket;
  readonly #hear: (message: never) => void;
  // A socket of an HTTP server refuses to set an encoding.
  readonly #decoder = new StringDecoder();
  /** A line whose end has not come yet. */
  #begun = '';
  #waiting: unknown[] = [];

  /** @param hear gets each message of the other side */
  constructor(socket: Socket, hear: (message: never) => void) {
    this.#socket = socket;
    this.#hear = hear;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(this.#decoder.write(chunk)));
    // A socket of an HTTP server would stay half open.
    socket.once('end', () => socket.destroy());
  }

  send(message: unknown): void {
    if (this.#waiting.push(message) > 1) return;
    setImmediate(() => {
      const line = JSON.stringify(this.#waiting);
      this.#waiting = [];
      if (this.#socket.writable) this.#socket.write(`${line}\n`);
    });
  }

  #receive(text: string): void {
    const lines = text.split('\n');
    // What has come before is not searched again: a long line comes in hundreds of chunks.
    lines[0] = this.#begun + lines[0];
    this.#begun = lines.pop() as string;
    for (const line of lines) for (const message of this.#messagesOf(line)) this.#hear(message);
  }

  /** A line that no worker wrote ends the connection: another program has got the port of a worker that ended. */
  #messagesOf(line: string): never[] {
    try {
      return JSON.parse(line);
    } catch {
      this.#socket.destroy();
      return [];
    }
  }
}
