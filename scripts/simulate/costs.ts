import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** µs of CPU that one answer takes of each process. */
export interface Cost {
  service: number;
  postgres: number;
  redis: number;
}

/** What was measured. `npm run simulate -- --measure` refreshes all but `memory`, which longer rows of the bench measure. */
export interface Costs {
  /** Day of the measurement, and the share of a core that other processes used meanwhile, in per cent. */
  measured: string;
  elsewhere: number;
  operations: Record<Operation, Cost>;
  /** Free seats, by a batch of one and by batches of `size`. `generator` is the µs that the load itself takes. */
  batches: {
    alone: Cost & { generator: number; p50Ms: number };
    full: Cost & { generator: number; size: number };
  };
  memory: { socketHeapKiB: number; socketResidentKiB: number; waitingBytes: number };
}

export const OPERATIONS = ['hold', 'confirm', 'check', 'poll', 'event', 'seats'] as const;
export type Operation = (typeof OPERATIONS)[number];

const FILE = join(import.meta.dirname, 'costs.json');

export const readCosts = (): Costs => JSON.parse(readFileSync(FILE, 'utf8'));

export function writeCosts(costs: Costs): void {
  writeFileSync(FILE, `${JSON.stringify(costs, null, 2)}\n`);
}
