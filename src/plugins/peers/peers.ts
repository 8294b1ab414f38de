import { Agent, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { deserialize } from 'node:v8';
import type { onRequestHookHandler } from 'fastify';
import type { Counts, Metrics } from '../../cluster/remains.ts';
import type { Worker } from '../../cluster/worker.ts';
import { Problem } from '../../errors/problem.ts';
import { KEY_HEADER, LOOPBACK, QUESTIONS } from './door.ts';
import type { Link } from './link.ts';
import { Links } from './links.ts';
import { ownerOf } from './owner-of.ts';

/** More than a worker needs to find out that PostgreSQL or Redis is down. */
const ANSWER_WITHIN_MS = 2_500;

/** Each hop has its own. */
const OF_THE_HOP = ['connection', 'keep-alive', 'transfer-encoding'];
/** The same of a request. Node throws when a request without a body announces a trailer. */
const OF_THE_CLIENT = ['connection', 'keep-alive', 'trailer'];

interface Answers<T> {
  answers: T[];
  /** Workers that did not answer in time. */
  silent: number;
}

/** The other workers behind the same port. A process that is the only one has none. */
export class Peers {
  readonly #worker: Worker | undefined;
  readonly #questions = new Map<string, (value: unknown) => Promise<unknown>>();
  readonly #links: Links | undefined;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(worker: Worker | undefined) {
    this.#worker = worker;
    this.#links = worker && new Links(worker);
  }

  /** The number of this worker, from 1 on. */
  get number(): number | undefined {
    return this.#worker?.number;
  }

  /** The name of this instance, if it is a worker. */
  get id(): string | undefined {
    return this.#worker?.id;
  }

  /** The numbers of all workers that should be there. */
  get numbers(): number[] {
    return Array.from({ length: this.#worker?.count ?? 0 }, (_, index) => index + 1);
  }

  /** @returns what workers had counted that are not among those that answer */
  async remains(counts: Counts[]): Promise<Metrics[]> {
    return (await this.#worker?.remains(counts)) ?? [];
  }

  /** Says how this instance answers a question. */
  answer(question: string, give: (value: unknown) => Promise<unknown>): void {
    this.#questions.set(question, give);
  }

  /** Asks this instance and all others. Those that have just ended are left out. */
  async ask<T>(question: string): Promise<Answers<T>> {
    const ports = [...(this.#worker?.doors.values() ?? [])];
    const [own, ...others] = await Promise.all([
      this.own(question) as Promise<T>,
      ...ports.map((port) => this.#askOne(port, question)),
    ]);
    return {
      answers: [own, ...others.flatMap((other) => ('answer' in other ? [other.answer as T] : []))],
      silent: others.filter((other) => 'silent' in other).length,
    };
  }

  async own(question: string, value?: unknown): Promise<unknown> {
    const give = this.#questions.get(question);
    if (!give) throw new Error(`Expected an answer to ${question}`);
    return await give(value);
  }

  /** @returns nothing of a worker that has just ended */
  async #askOne(port: number, question: string): Promise<{ answer: unknown } | { silent: true } | object> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    // Not `fetch`, which NODE_USE_ENV_PROXY sends through the proxy of the environment.
    const asked = send({
      host: LOOPBACK,
      port,
      agent: this.#agent,
      path: QUESTIONS + question,
      headers: this.#proof,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    asked.once('response', resolve).once('error', reject).end();
    try {
      const response = await promise;
      const answer = await buffer(response);
      return response.statusCode === 200 ? { answer: deserialize(answer) } : { silent: true };
    } catch (error) {
      return (error as Error).name === 'AbortError' ? { silent: true } : {};
    }
  }

  /**
   * The worker that owns the thing of this id, ready to be asked.
   *
   * @returns nothing if it is this one, and if this one is to do the work for it: it can't be asked now, or all of them stop
   */
  ownerOf(id: string): Link | undefined {
    const worker = this.#worker;
    if (!worker || worker.isStopping) return undefined;
    const owner = ownerOf(id, [worker.number, ...worker.live.keys()]);
    return owner === worker.number ? undefined : this.#links?.to(owner);
  }

  /** Lets a request be answered by the first worker, for what only one may do. Without other workers, by this one. */
  readonly byTheFirst: onRequestHookHandler = (request, reply, done) => {
    if (this.number === undefined || this.number === 1) done();
    else this.forward(1, request.raw, reply.raw, () => done(new Problem('SERVICE_UNAVAILABLE')));
  };

  /**
   * Lets another worker answer a request.
   *
   * @param otherwise is called if there is no such worker, it ends before it answers, or the request was handed on before
   */
  forward(to: number, request: IncomingMessage, response: ServerResponse, otherwise: () => void): void {
    const port = this.#doorFor(request, to);
    if (port === undefined) {
      otherwise();
      return;
    }
    const headers = { ...request.headers, ...this.#proof };
    for (const name of OF_THE_CLIENT) delete headers[name];
    const passed = send({
      host: LOOPBACK,
      port,
      agent: this.#agent,
      method: request.method,
      path: request.url,
      headers,
    });
    passed.once('response', (answer) => {
      for (const name of OF_THE_HOP) delete answer.headers[name];
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    });
    passed.once('error', () => {
      if (response.headersSent) response.destroy();
      else if (!response.destroyed) otherwise();
    });
    // A client that gives up waiting ends its session, wherever that is.
    response.once('close', () => passed.destroy());
    if (request.readableEnded) passed.end();
    else request.pipe(passed);
  }

  /** As `forward`, of an upgrade: from then on the bytes pass through this worker. */
  forwardUpgrade(
    to: number,
    request: IncomingMessage,
    client: Duplex,
    head: Buffer,
    otherwise: () => void,
  ): void {
    const port = this.#doorFor(request, to);
    if (port === undefined) {
      otherwise();
      return;
    }
    const door = connect(port, LOOPBACK);
    door.setNoDelay(true);
    door.once('error', otherwise);
    door.once('connect', () => {
      door.off('error', otherwise);
      door.write(headText(request, this.#proof), 'latin1');
      door.write(head);
      door.pipe(client);
      client.pipe(door);
    });
    // Either side ends the other.
    for (const [one, other] of [
      [client, door],
      [door, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.once('close', () => other.destroy());
    }
  }

  /** To be called when this instance takes no new connections. Waits until no other worker does either, if all of them end. */
  async closed(): Promise<void> {
    await this.#worker?.closed();
  }

  close(): void {
    this.#agent.destroy();
    this.#links?.end();
  }

  /** Two workers that each take the other for the one to answer must not send a request to and fro. */
  #doorFor({ headers }: IncomingMessage, to: number): number | undefined {
    const wasHandedOn = headers[KEY_HEADER] === this.#worker?.key;
    return wasHandedOn ? undefined : this.#worker?.doors.get(to);
  }

  get #proof(): Record<string, string> {
    return { [KEY_HEADER]: this.#worker?.key as string };
  }
}

/** A request up to its body, as its client wrote it, with more headers. */
function headText({ method, url, rawHeaders }: IncomingMessage, more: Record<string, string>): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  for (const [name, value] of Object.entries(more)) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
