/** Ends what a run started, last started first. It does so once, however often and early `run` is called. */
export class Ends {
  readonly #ends: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  add(end: () => unknown): void {
    if (this.#running !== undefined) this.#running = this.#running.then(async () => void (await end()));
    else this.#ends.push(end);
  }

  run(): Promise<void> {
    this.#running ??= this.#all();
    return this.#running;
  }

  async #all(): Promise<void> {
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) await end();
  }
}
