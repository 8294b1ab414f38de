import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Identifies a process in a file. The start time belongs to it, since the system reuses process ids. */
export interface ProcessRecord {
  pid: number;
  startedAt: string;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is alive and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** The fields of /proc/PID/stat after the name, which may contain spaces and parentheses. */
function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** When the process started, in the system's own form; '' if unknown (Windows). */
function startTime(pid: number): string {
  if (process.platform === 'win32') return '';
  if (process.platform !== 'linux') return ps(pid, 'lstart');
  // Ticks since boot, so the boot's id is part of it.
  const ticks = statFields(pid)[19];
  return ticks ? `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}` : '';
}

/** Dead but not reaped (in a container without an init). Such a process still accepts signals. */
function isZombie(pid: number): boolean {
  return process.platform === 'linux' && statFields(pid)[0] === 'Z';
}

export function describeProcess(pid: number): ProcessRecord {
  return { pid, startedAt: startTime(pid) };
}

/** Without a start time, any process with this id counts as the recorded one: better to refuse than to harm. */
export function isRunning(record: ProcessRecord): boolean {
  return isAlive(record.pid) && !isZombie(record.pid) && startTime(record.pid) === record.startedAt;
}

export function readProcessRecord(file: string): ProcessRecord | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessRecord>;
    return Number.isSafeInteger(pid) && typeof startedAt === 'string'
      ? { pid: pid as number, startedAt }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The command line of a running process; '' if it has ended or its command line is unknown. */
export function commandLine(pid: number): string {
  if (process.platform === 'win32') return '';
  if (process.platform !== 'linux') return ps(pid, 'command');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** @returns whether the process has ended */
export async function waitForEnd(record: ProcessRecord, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isRunning(record)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/**
 * Ends a process that an earlier run left behind. Its supervisor may be ending it already, with the same signals, so it
 * gets a second to end by itself.
 *
 * @throws if it survives every signal
 */
export async function endLeftover(record: ProcessRecord, signals: NodeJS.Signals[]): Promise<void> {
  if (await waitForEnd(record, 1_000)) return;
  for (const signal of signals) {
    if (!isRunning(record)) return;
    process.kill(record.pid, signal);
    if (await waitForEnd(record, 5_000)) return;
  }
  throw new Error(`Process ${record.pid} of an earlier run doesn't end: kill it by hand`);
}
