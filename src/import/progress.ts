/** Told after each batch, with the rows that are done and all rows. */
export type Progress = (phase: string, done: number, total: number) => void;

const BAR_WIDTH = 30;
const TERMINAL_MS = 200;
const LOG_MS = 10_000;

/** A bar that is drawn over itself on a terminal, and a line every 10 seconds elsewhere. */
export function showProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  let last = { phase: '', at: 0 };
  const started = performance.now();
  return (phase, done, total) => {
    const now = performance.now();
    const due = now - last.at >= (out.isTTY ? TERMINAL_MS : LOG_MS);
    if (phase === last.phase && !due && done < total) return;
    last = { phase, at: now };
    const seconds = Math.round((now - started) / 1_000);
    const line = `${phase.padEnd(6)} ${done.toLocaleString('en')} of ${total.toLocaleString('en')} rows, ${seconds} s`;
    if (!out.isTTY) {
      out.write(`${line}\n`);
      return;
    }
    const filled = total > 0 ? Math.round((done / total) * BAR_WIDTH) : BAR_WIDTH;
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    // Back to the start of the line, and what is left of a longer one is erased.
    out.write(`\r${bar} ${line}\u001b[K${done >= total ? '\n' : ''}`);
  };
}
