/**
 * A property's run that no longer begins once so many ms have passed since the first one. The values after that count as passed.
 *
 * fast-check's own `interruptAfterTimeLimit` doesn't wait for the run that it interrupts. That one would go on during the next test, on
 * the same connection.
 */
export function noneBegunAfter<T extends unknown[]>(
  ms: number,
  run: (...values: T) => Promise<void>,
): (...values: T) => Promise<void> {
  let end: number | undefined;
  return async (...values) => {
    end ??= performance.now() + ms;
    if (performance.now() < end) await run(...values);
  };
}
