import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

type Call = (argument: never) => Promise<unknown>;
/** The calls that a process of the bench answers, by name. */
export type Calls = Record<string, Call>;

interface Question {
  id: number;
  name: string;
  argument: unknown;
}

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

/** A process of the bench, which ends with this one. */
export interface Worker<C extends Calls> {
  pid: number;
  call<N extends keyof C & string>(
    name: N,
    argument: Parameters<C[N]>[0],
  ): Promise<Awaited<ReturnType<C[N]>>>;
  stop(): Promise<void>;
}

/**
 * @param outputFile takes what the process prints
 */
export function startWorker<C extends Calls>(file: URL, outputFile: string): Worker<C> {
  const output = openSync(outputFile, 'a');
  const child = fork(file, { serialization: 'advanced', stdio: ['ignore', output, output, 'ipc'] });
  closeSync(output);
  const open = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  let last = 0;
  child.on('message', ({ id, result, error }: Answer) => {
    const waiting = open.get(id);
    open.delete(id);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new Error(error));
  });
  child.on('error', () => undefined); // a pending call is rejected
  child.on('exit', () => {
    const error = new Error(`${file.pathname} ended:\n${readFileSync(outputFile, 'utf8').slice(-2_000)}`);
    for (const { reject } of open.values()) reject(error);
  });
  return {
    pid: child.pid as number,
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        open.set(id, { resolve, reject });
        child.send({ id, name, argument } satisfies Question, (error) => error && reject(error));
      }),
    stop: () => endProcess(child),
  };
}

/** Called in the process itself. Answers the calls of the bench, and ends with the bench. */
export function serve(calls: Calls): void {
  process.on('message', ({ id, name, argument }: Question) => {
    (calls[name] as (argument: unknown) => Promise<unknown>)(argument).then(
      (result) => process.send?.({ id, result } satisfies Answer),
      (error: Error) => process.send?.({ id, error: error.stack ?? error.message } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group; the bench ends its processes in order.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => process.exit(0));
}

const PATIENCE_MS = 8_000;

/** Asks a process to end, and kills it if it doesn't. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await exited;
  clearTimeout(impatience);
}
