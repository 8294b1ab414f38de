import { answerTimer } from './answer-timer.ts';

/**
 * Waits for the answers of a server, for a limited time. Once one is late, the next ones aren't waited for at all, until one comes in
 * time again: a server that is late each time costs the limit once, and not once an answer.
 */
export class InTime {
  readonly #limitMs: number;
  #isLate = false;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Whether answers are not waited for. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** @returns the answer, or `undefined` if it is late. It may still be used when it comes */
  async answerOf<T>(asked: Promise<T>): Promise<T | undefined> {
    const begun = performance.now();
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
      if (performance.now() - begun <= this.#limitMs) this.#isLate = false;
    };
    asked.then(answered, answered);
    if (this.#isLate) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = answerTimer(this.#limitMs, () => {
        if (!isAnswered) this.#isLate = true;
        resolve(undefined);
      });
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
