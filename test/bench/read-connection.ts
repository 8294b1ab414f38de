import { connect, type Socket } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('content-length: ');
const VERSION = Buffer.from('etag: W/"v');
/** All connections read into this buffer, because each read is handled before the next one. */
const buffer = Buffer.allocUnsafe(256 * 1024);
const ZERO = 48;
const NINE = 57;

export interface ReadAnswer {
  status: number;
  bytes: number;
  /** The version of the event in the ETag `W/"v<version>-…"`; -1 without one. */
  version: number;
}

/**
 * One keep-alive connection that reads the same kind of answer again and again. It looks at the head alone and counts the bytes of the
 * body, which may be megabytes, without keeping them.
 */
export class ReadConnection {
  readonly #socket: Socket;
  readonly #answered: (answer: ReadAnswer) => void;
  #partialHead: Buffer | undefined;
  #answer: ReadAnswer | undefined;
  /** Bytes of the body still to come. */
  #missing = 0;

  static open(
    port: number,
    answered: (connection: ReadConnection, answer: ReadAnswer) => void,
    broken: (connection: ReadConnection) => void,
  ): Promise<ReadConnection> {
    return new Promise((resolve, reject) => {
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
      const connection = new ReadConnection(socket, (answer) => answered(connection, answer));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.on('error', () => undefined);
        socket.on('close', () => broken(connection));
        resolve(connection);
      });
    });
  }

  private constructor(socket: Socket, answered: (answer: ReadAnswer) => void) {
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

  /** One request is under way at a time, so what comes after the end of a body can't be another answer. */
  #read(chunk: Buffer): void {
    let came = chunk.length;
    if (!this.#answer) {
      const bytes = this.#partialHead ? Buffer.concat([this.#partialHead, chunk]) : chunk;
      const end = bytes.indexOf(END_OF_HEAD);
      if (end < 0) {
        this.#partialHead = Buffer.from(bytes); // the buffer is reused for the next read
        return;
      }
      this.#partialHead = undefined;
      const head = bytes.subarray(0, end);
      const length = numberAfter(head, LENGTH, 0);
      this.#answer = { status: digits(head, 9), bytes: length, version: numberAfter(head, VERSION, -1) };
      this.#missing = length;
      came = bytes.length - end - END_OF_HEAD.length;
    }
    this.#missing -= came;
    if (this.#missing > 0) return;
    const answer = this.#answer;
    this.#answer = undefined;
    this.#answered(answer);
  }
}

function numberAfter(head: Buffer, text: Buffer, otherwise: number): number {
  const at = head.indexOf(text);
  return at < 0 ? otherwise : digits(head, at + text.length);
}

function digits(bytes: Buffer, from: number): number {
  let number = 0;
  for (let at = from; isDigit(bytes[at]); at++) number = number * 10 + (bytes[at] as number) - ZERO;
  return number;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
