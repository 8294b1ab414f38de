import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux counts the time of the machine, and that of children that ended, in hundredths of a second. */
const MS_PER_TICK = 10;

/** The process id of each part. PostgreSQL is a tree of processes. */
export type Parts = Record<string, number>;

export interface CpuTimes {
  at: number;
  /** ms of each part. `busy` counts the whole machine. */
  used: Record<string, number>;
  busy: number;
}

/** @returns `undefined` where there is no /proc */
export function readCpu(parts: Parts): CpuTimes | undefined {
  try {
    const used = Object.fromEntries(Object.entries(parts).map(([name, pid]) => [name, ofTree(pid)]));
    return { at: performance.now(), used, busy: ofMachine() };
  } catch {
    return undefined;
  }
}

/** The percentage of one core that each part used between two readings. `elsewhere` is the use by other processes: noise. */
export function cpuShares(from: CpuTimes | undefined, to: CpuTimes | undefined): Record<string, number> {
  if (!from || !to) return {};
  const share = (ms: number) => (ms * 100) / (to.at - from.at);
  const shares: Record<string, number> = {};
  let ours = 0;
  for (const [name, ms] of Object.entries(to.used)) {
    const used = ms - (from.used[name] ?? 0);
    ours += used;
    shares[name] = share(used);
  }
  shares.elsewhere = Math.max(0, share(to.busy - from.busy - ours));
  return shares;
}

/** The CPU time in ms of a process and its threads, to the nanosecond. */
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

/** ms of the process, of its children that ended, and of its living children. */
function ofTree(pid: number): number {
  return cpuMs(pid) + ofEndedChildren(pid) + childrenOf(pid).reduce((sum, child) => sum + ofChild(child), 0);
}

function ofChild(pid: number): number {
  try {
    return ofTree(pid);
  } catch {
    return 0; // it has just ended, and its parent counts its time now
  }
}

function ofEndedChildren(pid: number): number {
  const [user, system] = statOf(pid).slice(13, 15).map(Number) as [number, number];
  return (user + system) * MS_PER_TICK;
}

/** The fields behind the name of a process, which stands in parentheses and may contain anything. */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Children belong to the thread that started them. */
function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  });
}

/** ms of all but idling and waiting for disks. Time that other virtual machines took counts too. */
function ofMachine(): number {
  const [user, nice, system, , , irq, softirq, stolen] = readFileSync('/proc/stat', 'utf8')
    .slice(3, 200)
    .trim()
    .split(/\s+/)
    .map(Number) as [number, number, number, number, number, number, number, number];
  return (user + nice + system + irq + softirq + stolen) * MS_PER_TICK;
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}
