import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { traceOfLine } from '../tracing/tracing.ts';
import type { Config } from './config.ts';

/**
 * Lines are written together, when there are 4 KB of them or 100 ms have passed. Each write wakes a thread: a line by itself takes 12 µs
 * of CPU, and 6 in such company. A process that exits, in order or by an error, writes what is left. One that a signal kills, or that has no
 * memory left, loses up to 100 ms.
 */
const TOGETHER = { minLength: 4_096, periodicFlush: 100, sync: false };
/** Workers write to one pipe, which keeps up to 4 KB of a write together. */
const IN_COMPANY = { ...TOGETHER, minLength: 2_048, maxWrite: 4_096 };
/** Lines that wait for a reader which has stalled, in bytes: those of about 8 s of a rush. */
const WAITING_AT_MOST = 16 * 1_024 * 1_024;

/**
 * A log for people on a terminal during development, and for machines elsewhere.
 *
 * @param instance the id of this worker, if it is one of several
 */
export function createLogger({ logLevel: level, production, tracing }: Config, instance?: string): Logger {
  const options = {
    level,
    ...(tracing && { mixin: traceOfLine }),
    ...(instance !== undefined && { base: { pid: process.pid, hostname: hostname(), instance } }),
  };
  if (!production && process.stdout.isTTY) return pino({ ...options, transport: { target: 'pino-pretty' } });
  return logTo(process.stdout.fd, options, {
    ...(instance === undefined ? TOGETHER : IN_COMPANY),
    maxLength: WAITING_AT_MOST,
  });
}

/** If the reader of the log stalls, lines beyond `maxLength` are dropped. When it goes on, one line says how many. */
export function logTo(
  fd: number,
  options: pino.LoggerOptions,
  writing: Omit<NonNullable<Exclude<Parameters<typeof pino.destination>[0], string | number>>, 'dest'>,
): Logger {
  const destination = pino.destination({ ...writing, dest: fd });
  const log = pino(options, destination);
  let dropped = 0;
  destination.on('drop', () => dropped++);
  destination.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'lines of the log were dropped, because their reader was too slow');
  });
  return log;
}
