/** Keeps this process from doing anything else, as long computing does, or a machine that gives it no turn. */
export function standStill(ms: number): void {
  const begun = performance.now();
  while (performance.now() - begun < ms);
}
