import { spawn } from 'node:child_process';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { describeProcess } from './process-identity.ts';
import type { SupervisorOrder } from './supervised.ts';

/*
 * Runs one server and ends with it. The standard input is a pipe from the owner, the process that started the server.
 * When the owner ends, in whatever way, the pipe ends, and the server is stopped. Supervisor and server have a session of
 * their own (see supervised.ts): a Ctrl-C in the terminal reaches only the owner, which first answers its last requests.
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
      // A paused server handles its signals only after this one.
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

// The owner may end before it has read anything.
process.stdout.on('error', stop);
process.stdin.on('error', stop).on('end', stop).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
