/** A process that does one piece of work at a time. */
interface Process {
  name: string;
  work: { us: number; done: () => void }[];
}

/** Processes that share the cores of one machine, and time that passes without using them. Times are in µs. */
export class Processors {
  now = 0;
  readonly #cores: number;
  readonly #processes = new Map<string, Process>();
  readonly #timers: { at: number; done: () => void }[] = [];

  constructor(cores: number) {
    this.#cores = cores;
  }

  /** Resolves when the process has done this, after all that it was given before. */
  work(name: string, us: number): Promise<void> {
    let process = this.#processes.get(name);
    if (!process) {
      process = { name, work: [] };
      this.#processes.set(name, process);
    }
    const { work } = process;
    return new Promise((done) => {
      work.push({ us, done });
    });
  }

  /** Time that no core is busy with, such as that of a disk. */
  pause(us: number): Promise<void> {
    return new Promise((done) => {
      this.#timers.push({ at: this.now + us, done });
    });
  }

  /** Lets time pass until then. Busy processes share the cores equally. */
  async run(until: number): Promise<void> {
    while (this.now < until) {
      // Those who waited for something go on, and give the processes more to do.
      await new Promise((resolve) => setImmediate(resolve));
      const busy = [...this.#processes.values()].flatMap(({ work }) => work.slice(0, 1));
      const speed = Math.min(1, this.#cores / busy.length);
      const next = Math.min(
        ...busy.map(({ us }) => this.now + us / speed),
        ...this.#timers.map(({ at }) => at),
      );
      if (next === Number.POSITIVE_INFINITY) return;
      for (const piece of busy) piece.us -= (next - this.now) * speed;
      this.now = next;
      this.#finish();
    }
  }

  #finish(): void {
    for (const { work } of this.#processes.values()) if (work[0] && work[0].us < 1e-6) work.shift()?.done();
    for (const timer of this.#timers.filter(({ at }) => at <= this.now)) {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.done();
    }
  }
}
