import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux counts the time of a process in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** The process id of each part. PostgreSQL is a tree of processes. */
export type Parts = Record<string, number>;

export interface CpuTimes {
  at: number;
  /** The ticks of each part. `busy` counts the whole machine. */
  ticks: Record<string, number>;
  busy: number;
}

/** @returns `undefined` where there is no /proc */
export function readCpu(parts: Parts): CpuTimes | undefined {
  try {
    const ticks = Object.fromEntries(Object.entries(parts).map(([name, pid]) => [name, ofTree(pid)]));
    return { at: performance.now(), ticks, busy: ofMachine() };
  } catch {
    return undefined;
  }
}

/** The percentage of one core that each part used between two readings. `elsewhere` is the use by other processes: noise. */
export function cpuShares(from: CpuTimes | undefined, to: CpuTimes | undefined): Record<string, number> {
  if (!from || !to) return {};
  const share = (ticks: number) => Math.round((ticks * 100_000) / (to.at - from.at) / TICKS_PER_SECOND);
  const shares: Record<string, number> = {};
  let ours = 0;
  for (const [name, ticks] of Object.entries(to.ticks)) {
    const used = ticks - (from.ticks[name] ?? 0);
    ours += used;
    shares[name] = share(used);
  }
  shares.elsewhere = Math.max(0, share(to.busy - from.busy - ours));
  return shares;
}

/** The CPU time in ms of a process and its threads, to the nanosecond. The shares above know only hundredths of a second. */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const used = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return used.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6;
}

/**
 * The same of the first thread alone, on which JavaScript runs. Threads that end in the meantime don't take their time with them.
 *
 * @returns NaN where there is no /proc
 */
export function loopMs(pid: number): number {
  const file = `/proc/${pid}/schedstat`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6 : Number.NaN;
}

/** The time of the process, of its children that ended, and of its living children. */
function ofTree(pid: number): number {
  const [user, system, userOfDead, systemOfDead] = timesOf(pid);
  return (
    user +
    system +
    userOfDead +
    systemOfDead +
    childrenOf(pid).reduce((sum, child) => sum + ofChild(child), 0)
  );
}

function ofChild(pid: number): number {
  try {
    const [user, system] = timesOf(pid);
    return user + system;
  } catch {
    return 0; // it has just ended, and its parent counts its time now
  }
}

function timesOf(pid: number): [number, number, number, number] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).map(Number) as [number, number, number, number];
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** All time but idle time and waiting for disks. */
function ofMachine(): number {
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8')
    .slice(3, 200)
    .trim()
    .split(/\s+/)
    .map(Number) as [number, number, number, number, number, number, number];
  return user + nice + system + irq + softirq;
}

export function parentOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
}
