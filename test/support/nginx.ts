import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/embedded/process/supervised.ts';
import { installPackage } from './install-package.ts';
import { eventually } from './wait.ts';

export interface Nginx {
  origin: string;
  /** What it complained about so far. */
  complaints(): string;
  stop(): Promise<void>;
}

function findNginx(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'nginx')).find((file) => existsSync(file));
}

/** The program, installed if it can be. `undefined`, with a line that says so, where it can't. */
export function provideNginx(): string | undefined {
  if (!findNginx()) installPackage('nginx-light', 'The tests of docs/operations.md need nginx');
  const program = findNginx();
  if (!program) console.warn('The tests of docs/operations.md are skipped: install nginx to run them');
  return program;
}

/**
 * Runs a configuration on a free port, in front of these instances.
 *
 * @param configuration with the addresses and folders of a real host, which are replaced
 */
export async function startNginx(
  program: string,
  configuration: string,
  instances: string[],
): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'tiketi-nginx-'));
  // As root, its workers run as another user.
  await chmod(directory, 0o755);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  const servers = instances.map((origin) => `server ${new URL(origin).host};`).join(' ');
  const here = configuration
    .replace('/run/nginx.pid', `${directory}/nginx.pid`)
    .replace('/var/cache/nginx', directory)
    .replace(/worker_rlimit_nofile \d+;/, '')
    .replace(/listen \d+;/, `listen 127.0.0.1:${port};`)
    .replace(/^http \{$/m, `http { access_log off; ${temporary.join(' ')}`)
    .replaceAll(/(^ *server [\d.]+:\d+;\n)+/gm, `${servers}\n`);
  const file = join(directory, 'nginx.conf');
  await writeFile(file, here);

  const child = spawn(program, ['-p', directory, '-c', file, '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  await eventually(() => accepts(port, child, () => complaints));
  return {
    origin: `http://127.0.0.1:${port}`,
    complaints: () => complaints,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** @throws while nobody listens on the port */
async function accepts(port: number, child: ChildProcess, complaints: () => string): Promise<void> {
  if (child.exitCode !== null) throw new Error(`nginx ended: ${complaints()}`);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
