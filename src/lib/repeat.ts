/**
 * Repeats work, one round at a time: the pause runs from the end of a round to the start of the next. A failed round is reported,
 * and the next one follows.
 *
 * @param first the pause before the first round
 * @returns a function that stops the repetition; its promise resolves when the current round has ended
 */
export function every(
  ms: number,
  work: () => Promise<void>,
  onError: (error: Error) => void,
  first = ms,
): () => Promise<void> {
  let ended = false;
  let running: Promise<void> = Promise.resolve();
  let timer = setTimeout(run, first);

  function run(): void {
    running = round();
  }

  async function round(): Promise<void> {
    try {
      await work();
    } catch (error) {
      onError(error as Error);
    }
    if (!ended) timer = setTimeout(run, ms);
  }

  return async () => {
    ended = true;
    clearTimeout(timer);
    await running;
  };
}
