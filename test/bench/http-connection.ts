import { connect, type Socket } from 'node:net';

const LENGTH = Buffer.from('content-length: ');
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const BUFFER_BYTES = 64 * 1024;
const CR = 13;
const ZERO = 48;

/**
 * One HTTP/1.1 keep-alive connection with one request under way at a time. Hand-made, for a generator that shares the machine
 * with what it measures: it reads into one buffer, looks for nothing but status and length, and makes a
 * string of the body alone, of one character a byte.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #answered: (status: number, body: string, head: Buffer) => void;
  /** The start of an answer that came in several pieces. */
  #partial: Buffer | undefined;

  static open(
    port: number,
    /** `head` is good until this returns. */
    answered: (connection: HttpConnection, status: number, body: string, head: Buffer) => void,
    broken: (connection: HttpConnection) => void,
  ): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
      const socket = connect({
        host: '127.0.0.1',
        port,
        noDelay: true,
        onread: {
          buffer,
          callback: (length) => {
            connection.#read(buffer.subarray(0, length));
            return true;
          },
        },
      });
      const connection = new HttpConnection(socket, (...answer) => answered(connection, ...answer));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.on('error', () => undefined);
        socket.on('close', () => broken(connection));
        resolve(connection);
      });
    });
  }

  private constructor(socket: Socket, answered: (status: number, body: string, head: Buffer) => void) {
    this.#socket = socket;
    this.#answered = answered;
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#partial ? Buffer.concat([this.#partial, chunk]) : chunk;
    const head = bytes.indexOf(END_OF_HEAD);
    const body = head + END_OF_HEAD.length;
    const end = head < 0 ? Number.POSITIVE_INFINITY : body + contentLength(bytes, head);
    if (bytes.length < end) {
      // The buffer is reused for the next read.
      this.#partial = this.#partial ? bytes : Buffer.from(bytes);
      return;
    }
    this.#partial = undefined;
    const status = digits(bytes, 9);
    this.#answered(status, bytes.toString('latin1', body, end), bytes.subarray(0, head));
  }
}

function contentLength(bytes: Buffer, head: number): number {
  const at = bytes.indexOf(LENGTH);
  return at < 0 || at > head ? 0 : digits(bytes, at + LENGTH.length);
}

function digits(bytes: Buffer, from: number): number {
  let number = 0;
  for (let at = from; bytes[at] !== CR && (bytes[at] as number) >= ZERO; at++) {
    number = number * 10 + (bytes[at] as number) - ZERO;
  }
  return number;
}
