import { existsSync, renameSync, writeFileSync } from 'node:fs';

const LIBRARY = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((file) => existsSync(file));

/** @returns what this machine lacks to set the clock of one process */
export const lacksClocks = () =>
  LIBRARY === undefined ? "libfaketime (Debian's package `faketime`)" : undefined;

/** The clock of one process, which can be set while it runs. Its timers go on as they are, as on a machine whose clock is set. */
export interface Clock {
  environment: Record<string, string>;
  /** @param offset in seconds from the true time */
  set(offset: number): void;
}

export function makeClock(file: string, offset: number): Clock {
  const set = (to: number) => {
    // The library must never read half of it.
    writeFileSync(`${file}.new`, `${to < 0 ? '' : '+'}${to}s`);
    renameSync(`${file}.new`, file);
  };
  set(offset);
  return {
    environment: {
      LD_PRELOAD: LIBRARY as string,
      FAKETIME_TIMESTAMP_FILE: file,
      // How often it looks into the file, in seconds.
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
  };
}
