/** One thing that is measured, and the figures of a round, each with a name of its own. */
export type Side = () => Promise<Record<string, number>>;

/**
 * Measures all sides in each round, so that noise on the machine meets all of them. Another one comes first each time, so that a
 * machine that grows slower favors none.
 */
export async function inTurns(rounds: number, sides: Side[]): Promise<Record<string, number>[]> {
  const figures: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const measured: Record<string, number> = {};
    for (let turn = 0; turn < sides.length; turn++)
      Object.assign(measured, await sides[(round + turn) % sides.length]?.());
    figures.push(measured);
  }
  return figures;
}
