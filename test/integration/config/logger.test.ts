import { execFileSync } from 'node:child_process';
import { constants, createReadStream, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logTo } from '../../../src/config/logger.ts';

const MAX_LENGTH = 100_000;
const LINES = 5_000;

test('a log whose reader stalls keeps few lines, and says how many it dropped when the reader goes on', async () => {
  const path = join(tmpdir(), `tiketi-log-${process.pid}`);
  execFileSync('mkfifo', [path]);
  // Both ends at once, or opening one would wait for the other.
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const together = { sync: false, minLength: 4_096, periodicFlush: 20 };
  const log = logTo(pipe, { base: null }, { ...together, maxLength: MAX_LENGTH });
  try {
    for (let n = 0; n < LINES; n++) log.info({ n }, 'x'.repeat(100));

    const kept: { n?: number; lines?: number }[] = [];
    const reader = createReadStream(path);
    for await (const line of createInterface(reader)) {
      kept.push(JSON.parse(line));
      if (kept.at(-1)?.lines !== undefined) break;
    }
    reader.destroy();
    const { lines = 0 } = kept.pop() as { lines?: number };
    expect(kept.map(({ n }) => n)).toEqual(kept.map((_, index) => index));
    expect(kept.length).toBeLessThan(MAX_LENGTH / 100);
    expect(kept.length + lines).toBe(LINES);
  } finally {
    // Closes the pipe. A log that goes on would write to the next file of that number.
    (log as unknown as Record<symbol, { destroy(): void }>)[pino.symbols.streamSym]?.destroy();
    await rm(path);
  }
});
