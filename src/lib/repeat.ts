/**
 * Does something again and again, never twice at once: the pause runs from the end of one round to the start of the next.
 * A round that fails is reported and followed by the next one.
 *
 * @param first the pause before the first round, where it is another one
 * @returns how to end it: no round starts any more, and the promise resolves when the one under way is over
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
