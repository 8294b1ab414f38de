import type { Worker } from '../../cluster/worker.ts';
import { KEY_HEADER, LINK, LOOPBACK } from './door.ts';
import { Link } from './link.ts';

/** The links of this worker to others, each made when it is first wanted. */
export class Links {
  readonly #worker: Worker;
  readonly #links = new Map<number, Link>();

  constructor(worker: Worker) {
    this.#worker = worker;
    // Questions to a worker that has ended or hangs must not wait any longer.
    worker.onChange(() => {
      for (const [number, link] of this.#links) if (worker.live.get(number) !== link.port) link.end();
    });
  }

  /** @returns nothing while that worker can't be asked */
  to(number: number): Link | undefined {
    const port = this.#worker.live.get(number);
    if (port === undefined) return undefined;
    let link = this.#links.get(number);
    if (!link || link.hasEnded) {
      link = new Link(port, LOOPBACK, headOf(this.#worker.key));
      this.#links.set(number, link);
    }
    return link.isReady ? link : undefined;
  }

  end(): void {
    for (const link of this.#links.values()) link.end();
  }
}

function headOf(key: string): string {
  return `GET ${LINK} HTTP/1.1\r\nconnection: upgrade\r\nupgrade: link\r\n${KEY_HEADER}: ${key}\r\n\r\n`;
}
