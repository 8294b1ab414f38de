import { connect, type Socket } from 'node:net';
import { Problem } from '../../errors/problem.ts';
import { UnavailableError } from '../../errors/unavailable.ts';
import { tracing } from '../../tracing/tracing.ts';
import { Lines } from './lines.ts';
import { receivedError, type SentError, sentError } from './sent-error.ts';

/** So many questions may wait for their answers; the next one is refused. */
const CAPACITY = 5_000;

type Question = [number: number, question: string, value: unknown, traceparent?: string | undefined];
type Answer = [number: number, answer: unknown] | [number: number, none: null, error: SentError];

/** The link to another worker broke. Whether that worker has done what it was asked is unknown. */
export class LinkLost extends UnavailableError {
  constructor() {
    super('the worker that was asked has ended');
  }
}

interface Asked {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/**
 * A connection to another worker that carries many questions at a time. It is ready once that worker has said so: the kernel accepts
 * connections for a worker that hangs, too.
 */
export class Link {
  readonly port: number;
  readonly #socket: Socket;
  readonly #lines: Lines;
  readonly #asked = new Map<number, Asked>();
  #last = 0;
  #isReady = false;

  /** @param request the head of an HTTP request that asks for the link */
  constructor(port: number, host: string, request: string) {
    this.port = port;
    this.#socket = connect(port, host, () => this.#socket.write(request, 'latin1'));
    this.#lines = new Lines(this.#socket, (message: Answer | 'ready') => {
      if (message === 'ready') this.#isReady = true;
      else this.#hear(message);
    });
    // The end follows.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      this.#isReady = false;
      for (const { reject } of this.#asked.values()) reject(new LinkLost());
      this.#asked.clear();
    });
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get hasEnded(): boolean {
    return this.#socket.destroyed;
  }

  /** @throws LinkLost; what the other worker throws; Problem SERVICE_UNAVAILABLE if too many questions wait */
  ask(question: string, value: unknown): Promise<unknown> {
    if (!this.#isReady) return Promise.reject(new LinkLost());
    if (this.#asked.size >= CAPACITY) return Promise.reject(new Problem('SERVICE_UNAVAILABLE'));
    const number = ++this.#last;
    const asked: Question = [number, question, value];
    if (tracing) asked.push(tracing.traceparent);
    this.#lines.send(asked);
    return new Promise((resolve, reject) => this.#asked.set(number, { resolve, reject }));
  }

  end(): void {
    this.#isReady = false;
    this.#socket.destroy();
  }

  #hear([number, answer, error]: Answer): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (error) asked?.reject(receivedError(error));
    else asked?.resolve(answer);
  }
}

/** Answers the questions of another worker's link. */
export function answerLink(
  socket: Socket,
  answer: (question: string, value: unknown) => Promise<unknown>,
): void {
  socket.on('error', () => undefined);
  const lines = new Lines(socket, ([number, question, value, traceparent]: Question) => {
    const give = () => answer(question, value);
    (tracing ? tracing.continue(traceparent, give) : give()).then(
      (given) => lines.send([number, given] satisfies Answer),
      (error: unknown) => lines.send([number, null, sentError(error)] satisfies Answer),
    );
  });
  lines.send('ready');
}
