import { HttpConnection } from '../../bench/http-connection.ts';

export interface Answer {
  dueAt: number;
  sentAt: number;
  endedAt: number;
  /** `null`: the connection broke, or no answer came in time. */
  status: number | null;
  body: string;
  /** Seconds. */
  retryAfter?: number;
}

interface Asked {
  request: Buffer;
  dueAt: number;
  resolve(answer: Answer): void;
}

interface UnderWay extends Asked {
  sentAt: number;
  timer: NodeJS.Timeout;
}

const CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;

/** ms since 1970, by a clock that never goes back. */
export const now = () => performance.timeOrigin + performance.now();

/** The connections to one instance, shared by all buyers. No call throws, whatever happens to the instance. */
export class Wire {
  readonly #port: number;
  readonly #idle: HttpConnection[] = [];
  readonly #underWay = new Map<HttpConnection, UnderWay>();
  readonly #line: Asked[] = [];
  #connections = 0;

  constructor(port: number) {
    this.#port = port;
  }

  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve) => {
      const asked = { request, dueAt: now(), resolve };
      const connection = this.#idle.pop();
      if (connection) return this.#send(connection, asked);
      this.#line.push(asked);
      if (this.#connections < CONNECTIONS) void this.#open();
    });
  }

  close(): void {
    for (const connection of [...this.#idle, ...this.#underWay.keys()]) connection.close();
  }

  async #open(): Promise<void> {
    this.#connections += 1;
    try {
      const connection = await HttpConnection.open(
        this.#port,
        (from, status, body, head) => this.#answered(from, status, body, head),
        (from) => this.#broken(from),
      );
      this.#next(connection);
    } catch {
      this.#connections -= 1;
      const asked = this.#line.shift();
      const at = now();
      asked?.resolve({ dueAt: asked.dueAt, sentAt: at, endedAt: at, status: null, body: '' });
    }
  }

  #next(connection: HttpConnection): void {
    const asked = this.#line.shift();
    if (asked) this.#send(connection, asked);
    else this.#idle.push(connection);
  }

  #send(connection: HttpConnection, asked: Asked): void {
    const timer = setTimeout(() => {
      connection.close();
      this.#broken(connection);
    }, TIMEOUT_MS);
    this.#underWay.set(connection, { ...asked, sentAt: now(), timer });
    connection.send(asked.request);
  }

  #answered(connection: HttpConnection, status: number, body: string, head: Buffer): void {
    const seconds = status === 503 && /\r\nretry-after: (\d+)/i.exec(head.toString('latin1'))?.[1];
    this.#settle(connection, { status, body, ...(seconds && { retryAfter: Number(seconds) }) });
    this.#next(connection);
  }

  #broken(connection: HttpConnection): void {
    this.#connections -= 1;
    const idle = this.#idle.indexOf(connection);
    if (idle >= 0) this.#idle.splice(idle, 1);
    this.#settle(connection, { status: null, body: '' });
    // A request that waits for a connection needs another one.
    if (this.#line.length > 0 && this.#connections < CONNECTIONS) void this.#open();
  }

  #settle(connection: HttpConnection, answer: Omit<Answer, 'dueAt' | 'sentAt' | 'endedAt'>): void {
    const asked = this.#underWay.get(connection);
    if (!asked) return;
    this.#underWay.delete(connection);
    clearTimeout(asked.timer);
    const { dueAt, sentAt } = asked;
    asked.resolve({ ...answer, dueAt, sentAt, endedAt: now() });
  }
}
