import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { read } from './documents.ts';
import { freePort } from './free-port.ts';
import { installPackage } from './install-package.ts';
import { eventually } from './wait.ts';

export interface Balancer {
  origin: string;
  /** What it complained about so far. */
  complaints(): string;
  stop(): Promise<void>;
}

const balancers = {
  nginx: {
    package: 'nginx-light',
    configuration: 'deploy/nginx/nginx.conf',
    arguments: (directory: string, file: string) => ['-p', directory, '-c', file, '-g', 'daemon off;'],
    adapt: adaptNginx,
  },
  haproxy: {
    package: 'haproxy',
    configuration: 'deploy/haproxy/haproxy.cfg',
    // Quiet, but for warnings and errors.
    arguments: (_directory: string, file: string) => ['-q', '-db', '-f', file],
    adapt: adaptHaproxy,
  },
};
export type BalancerName = keyof typeof balancers;

function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** The program, installed if it can be. `undefined`, with a line that says so, where it can't. */
export function provideBalancer(name: BalancerName): string | undefined {
  if (!findProgram(name)) installPackage(balancers[name].package, `The tests of deploy/${name} need it`);
  const program = findProgram(name);
  if (!program) console.warn(`The tests of deploy/${name} are skipped: install ${name} to run them`);
  return program;
}

/** Runs the configuration that is shipped on a free port, in front of these instances in place of its own. */
export async function startBalancer(
  name: BalancerName,
  program: string,
  instances: string[],
): Promise<Balancer> {
  const { configuration, adapt, arguments: argumentsFor } = balancers[name];
  const directory = await mkdtemp(join(tmpdir(), `tiketi-${name}-`));
  // As root, the workers of nginx run as another user.
  await chmod(directory, 0o755);
  const port = await freePort();
  const file = join(directory, 'configuration');
  const addresses = instances.map((origin) => new URL(origin).host);
  await writeFile(file, adapt(read(configuration), { directory, port, addresses }));

  const child = spawn(program, argumentsFor(directory, file), { stdio: ['ignore', 'ignore', 'pipe'] });
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

interface Place {
  directory: string;
  port: number;
  addresses: string[];
}

function adaptNginx(configuration: string, { directory, port, addresses }: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  const servers = addresses.map((address) => `server ${address};`).join(' ');
  return configuration
    .replace('/run/nginx.pid', `${directory}/nginx.pid`)
    .replace('/var/cache/nginx', directory)
    .replace(/worker_rlimit_nofile \d+;/, '')
    .replace(/worker_connections \d+;/, 'worker_connections 4096;')
    .replace(/listen \d+;/, `listen 127.0.0.1:${port};`)
    .replace(/^http \{$/m, `http { access_log off; ${temporary.join(' ')}`)
    .replaceAll(/(^ *server [\d.]+:\d+;\n)+/gm, `${servers}\n`);
}

function adaptHaproxy(configuration: string, { port, addresses }: Place): string {
  const servers = addresses.map((address, index) => `    server instance-${index} ${address}\n`).join('');
  return configuration
    .replace(/^ *(user|group) haproxy\n/gm, '')
    .replace(/maxconn \d+/, 'maxconn 4096')
    .replace('bind :80', `bind 127.0.0.1:${port}`)
    .replaceAll(/(^ *server \w+ [\d.]+:\d+\n)+/gm, servers);
}

/** @throws while nobody listens on the port */
async function accepts(port: number, child: ChildProcess, complaints: () => string): Promise<void> {
  if (child.exitCode !== null) throw new Error(`the balancer ended: ${complaints()}`);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
