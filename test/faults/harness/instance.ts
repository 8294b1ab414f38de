import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, serverEnvironment } from '../../../src/embedded/process/supervised.ts';
import { endProcess } from '../../bench/worker.ts';
import { eventually } from '../../support/wait.ts';

/** The service as it ships, in a process of its own. It can be killed, and restarts on the same port. */
export interface Instance {
  port: number;
  start(): Promise<void>;
  /** `kill -9` */
  kill(): Promise<void>;
  /** Resolves when its readiness check passes. */
  ready(): Promise<void>;
  /** Stops it in order. Readiness checks fail from the beginning on. */
  stop(): Promise<void>;
  /** Resolves when its readiness check says that it is stopping, as a load balancer notices. */
  stopping(): Promise<void>;
  /** `kill -STOP`: it keeps its connections, and neither answers nor learns anything. */
  pause(): void;
  /** `kill -CONT` */
  resume(): void;
}

const SERVER = fileURLToPath(new URL('../../../src/server.ts', import.meta.url));
const READY_WITHIN_MS = 30_000;

export async function makeInstance(environment: Record<string, string>, logFile: string): Promise<Instance> {
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline && child?.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, {
        signal: AbortSignal.timeout(2_000),
      }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return;
      await sleep(25);
    }
    throw new Error(
      `The instance on port ${port} isn't ready:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`,
    );
  }

  return {
    port,
    ready,
    async start() {
      const log = openSync(logFile, 'a');
      child = spawn(process.execPath, [SERVER], {
        stdio: ['ignore', log, log],
        // A group of its own, because Ctrl-C must reach only the run, which ends its processes in order.
        detached: true,
        env: {
          ...serverEnvironment(),
          NODE_ENV: 'production',
          HOST: '127.0.0.1',
          PORT: String(port),
          ...environment,
        },
      });
      closeSync(log);
      await ready();
    },
    async kill() {
      if (!child) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      // A paused process would not hear of it.
      child?.kill('SIGCONT');
      if (child) await endProcess(child);
    },
    async stopping() {
      await eventually(
        async () => {
          const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
          await answer.body?.cancel();
          if (answer.status !== 503)
            throw new Error(`the readiness of port ${port} is still ${answer.status}`);
        },
        { interval: 100 },
      );
    },
    pause() {
      child?.kill('SIGSTOP');
    },
    resume() {
      child?.kill('SIGCONT');
    },
  };
}
