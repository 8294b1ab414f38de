import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { variables } from '../../src/config/environment.ts';
import { freePort } from '../../src/embedded/process/supervised.ts';

/*
 * `npm run test:install`: what a newcomer does. Clones HEAD, installs it with an npm that Node ships, starts the service
 * with the Node on the PATH, waits for `/health/ready` and stops it. `npm run test:install -- 10.9.4` tries one npm.
 * Linux and macOS only: it ends the service as a Ctrl-C in a terminal does, by a signal to its process group.
 */
const NPM_VERSIONS = ['10.9.4', '11.6.2'];
const INSTALLED_WITHIN_MS = 600_000;
/** The first start also creates the database. */
const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 30_000;

const project = join(import.meta.dirname, '../..');

/**
 * The shell's environment, without the service's own variables (a DB_HOST would replace the embedded PostgreSQL) and
 * without what the npm that runs this script added: its variables, its Node on the PATH.
 */
function newcomersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !(name in variables) && !/^npm_|^(NODE|INIT_CWD)$/.test(name),
  );
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}

const env = newcomersEnvironment();

function run(cwd: string, command: string, ...args: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    ...{ cwd, env, encoding: 'utf8', timeout: INSTALLED_WITHIN_MS },
  });
  if (status === 0) return stdout.trim();
  throw new Error(
    `${[command, ...args].join(' ')}: ${error?.message ?? `exit code ${status}`}\n${stdout}${stderr}`,
  );
}

async function tryInstall(npm: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tiketi-install-'));
  // As root, PostgreSQL runs as a user that must be able to enter.
  chmodSync(folder, 0o755);
  try {
    run(folder, 'git', 'clone', '--quiet', project, 'clone');
    const clone = join(folder, 'clone');
    run(clone, 'npx', '--yes', `npm@${npm}`, 'ci');
    const seconds = await startAndStop(clone, npm);
    process.stdout.write(`npm ${npm} on Node ${run(clone, 'node', '--version')}: ready after ${seconds} s\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the seconds until the service was ready */
async function startAndStop(clone: string, npm: string): Promise<string> {
  const port = await freePort();
  const service = spawn('npx', ['--yes', `npm@${npm}`, 'start'], {
    cwd: clone,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, PORT: String(port), HOST: '127.0.0.1' },
  });
  // The embedded servers hold the same pipes, so their end counts as well.
  const closed = once(service, 'close');
  let output = '';
  for (const stream of [service.stdout, service.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  try {
    const started = performance.now();
    await ready(service, port);
    return ((performance.now() - started) / 1_000).toFixed(1);
  } catch (error) {
    throw new Error(`npm ${npm}: ${(error as Error).message}\n${output}`);
  } finally {
    signalGroup(service, 'SIGINT');
    const last = setTimeout(() => signalGroup(service, 'SIGKILL'), STOPPED_WITHIN_MS);
    await closed;
    clearTimeout(last);
  }
}

async function ready(service: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (service.exitCode !== null) throw new Error(`npm start ended with exit code ${service.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(100);
  }
  throw new Error(`not ready within ${READY_WITHIN_MS / 1_000} s`);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const [, , ...wanted] = process.argv;
try {
  for (const npm of wanted.length > 0 ? wanted : NPM_VERSIONS) await tryInstall(npm);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
