import { runBench } from './bench.ts';
import type { Costs } from './costs.ts';
import { playRush } from './sale.ts';

const CONNECTIONS = 64;
const MOST = 0.25;

/** Compares a rush for free seats on paper with a measured one. @returns whether they are within 25 % */
export async function compare(costs: Costs, cores: number): Promise<{ report: string; close: boolean }> {
  const { rate, p50Ms, batch } = await playRush(costs, { cores, connections: CONNECTIONS, seconds: 3 });
  const { seats } = await runBench('sales', ['seats'], 2);
  const measured = seats?.costs ?? {};
  const figures: [name: string, predicted: number, measured: number][] = [
    ['holds a second', rate, seats?.rate ?? 0],
    ['p50, ms', p50Ms, seats?.p50 ?? 0],
    ['requests a batch', batch, measured.batch ?? 0],
  ];
  const off = (predicted: number, real: number) => Math.abs(predicted / real - 1);
  const lines = figures.map(
    ([name, predicted, real]) =>
      `${name.padEnd(18)}${predicted.toFixed(1).padStart(10)}${real.toFixed(1).padStart(10)}${(off(predicted, real) * 100).toFixed(0).padStart(6)} %`,
  );
  const noise = seats?.cpu.elsewhere ?? 0;
  return {
    report: [
      `${' '.repeat(18)} predicted  measured     off`,
      ...lines,
      ...(noise > 20
        ? [`Other processes used ${noise} % of a core, which the prediction knows nothing of.`]
        : []),
    ].join('\n'),
    close: figures.slice(0, 2).every(([, predicted, real]) => off(predicted, real) <= MOST),
  };
}
