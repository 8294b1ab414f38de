/** What has to be ended, the last started first; once, however often and early it is asked for. */
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
