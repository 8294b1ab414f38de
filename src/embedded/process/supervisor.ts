import { spawn } from 'node:child_process';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { describeProcess } from './process-identity.ts';
import type { SupervisorOrder } from './supervised.ts';

/*
 * Runs one server and lives as long as it does. The standard input is a pipe from the process that wants the server:
 * when that process stops, is stopped or is killed in whatever way, the pipe ends, and so does the server. In a
 * session of its own (see supervised.ts), so that a Ctrl-C in the terminal reaches neither of the two: the owner
 * answers its last requests first.
 */
const order = JSON.parse(process.argv[2] ?? '') as SupervisorOrder;
const log = openSync(order.logFile, 'w');

const server = spawn(order.command, order.args, {
  cwd: order.directory,
  env: order.environment,
  stdio: ['ignore', log, log],
  ...order.user,
});

let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  if (order.stopCommand) {
    const [command = '', ...args] = order.stopCommand;
    spawn(command, args, { stdio: 'ignore' }).on('error', () => server.kill());
  }
  order.signals.forEach((signal, step) => {
    setTimeout(() => {
      server.kill(signal);
      // A server that was paused hears no signal but this one.
      if (process.platform !== 'win32') server.kill('SIGCONT');
    }, step * order.patienceMs);
  });
}

server.once('spawn', () => {
  writeFileSync(order.recordFile, JSON.stringify(describeProcess(server.pid as number)));
  process.stdout.write(`${server.pid}\n`);
});
server.once('error', (error) => {
  process.stderr.write(`${order.command}: ${error.message}\n`);
  process.exit(1);
});
server.once('exit', (code) => {
  if (stopping && order.removeDirectory) rmSync(order.removeDirectory, { recursive: true, force: true });
  process.exit(code ?? 1);
});

// The owner may be gone before it has read a word.
process.stdout.on('error', stop);
process.stdin.on('error', stop).on('end', stop).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
