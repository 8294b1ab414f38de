import type { Bed } from './bed.ts';
import type { Load, LoadResult } from './processes/generator.ts';

export const CONNECTIONS = 64;
/** Not measured, because connections are opened and plans are made. */
export const WARM_SECONDS = 0.5;

export type Asked = Pick<Load, 'port' | 'path' | 'users' | 'requests' | 'seconds' | 'parts'> &
  Pick<
    Partial<Load>,
    'sample' | 'method' | 'first' | 'stride' | 'field' | 'connections' | 'repeat' | 'ports' | 'paths' | 'role'
  > & { bodies: object[] };

export async function prepareLoad({ generator, secret }: Bed, { bodies, ...asked }: Asked): Promise<void> {
  await generator.call('prepare', {
    connections: CONNECTIONS,
    ...asked,
    bodies: bodies.map((body) => JSON.stringify(body)),
    warmSeconds: WARM_SECONDS,
    secret,
  });
}

export async function runLoad(bed: Bed, asked: Asked): Promise<LoadResult> {
  await prepareLoad(bed, asked);
  return await bed.generator.call('run', undefined);
}

/** Microseconds of CPU an answer, by process: they can be compared even on a machine that other processes use. */
export function costs({ cpu, rate }: Pick<LoadResult, 'cpu' | 'rate'>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(cpu).map(([part, share]) => [`${part}Us`, Math.round((share * 100_000) / rate) / 10]),
  );
}

/** The answers outside the allowed ones. */
export function unexpected({ answers }: LoadResult, expected: string[]): string[] {
  return Object.entries(answers)
    .filter(([answer]) => !expected.includes(answer))
    .map(([answer, count]) => `${count} unexpected answers ${answer}`);
}

export function countOf({ answers }: LoadResult): number {
  return Object.values(answers).reduce((sum, count) => sum + count, 0);
}
