import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/**
 * Sends messages over a connection, and receives them. Those of one turn of the event loop are one line of JSON and one write: a write
 * takes 10 µs, and a message 2.
 */
export class Lines {
  readonly #socket: Socket;
  #waiting: unknown[] = [];

  /** @param hear gets each message of the other side */
  constructor(socket: Socket, hear: (message: never) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    // A socket of an HTTP server refuses to set an encoding.
    const decoder = new StringDecoder();
    let begun = '';
    socket.on('data', (chunk: Buffer) => {
      begun += decoder.write(chunk);
      const lines = begun.split('\n');
      begun = lines.pop() as string;
      for (const line of lines) for (const message of JSON.parse(line)) hear(message as never);
    });
  }

  send(message: unknown): void {
    if (this.#waiting.push(message) > 1) return;
    setImmediate(() => {
      const line = JSON.stringify(this.#waiting);
      this.#waiting = [];
      if (this.#socket.writable) this.#socket.write(`${line}\n`);
    });
  }
}
