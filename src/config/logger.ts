import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/**
 * Lines are written together, when there are 4 KB of them or 100 ms have passed. Each write wakes a thread: a line by itself takes 12 µs
 * of CPU, and 6 in such company. A process that exits, in order or by an error, writes what is left. One that a signal kills, or that has no
 * memory left, loses up to 100 ms.
 */
const TOGETHER = { minLength: 4_096, periodicFlush: 100, sync: false };
/** Workers write to one pipe, which keeps up to 4 KB of a write together. */
const IN_COMPANY = { ...TOGETHER, minLength: 2_048, maxWrite: 4_096 };

/**
 * A log for people on a terminal during development, and for machines elsewhere.
 *
 * @param instance the id of this worker, if it is one of several
 */
export function createLogger({ logLevel: level, production }: Config, instance?: string): Logger {
  const options = {
    level,
    ...(instance !== undefined && { base: { pid: process.pid, hostname: hostname(), instance } }),
  };
  if (!production && process.stdout.isTTY) return pino({ ...options, transport: { target: 'pino-pretty' } });
  return pino(options, pino.destination(instance === undefined ? TOGETHER : IN_COMPANY));
}
