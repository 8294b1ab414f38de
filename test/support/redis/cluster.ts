import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { inject } from 'vitest';
import {
  freePort,
  lastLines,
  type Supervised,
  serverEnvironment,
  supervise,
} from '../../../src/embedded/process/supervised.ts';
import { eventually } from '../wait.ts';

export interface TestRedisCluster {
  /** A client of its own, as each instance has one; closed by `close`. */
  connect(): Cluster;
  /** Of each node. */
  nodes: Redis[];
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const SLOTS = 16_384;

interface Node {
  server: Supervised;
  port: number;
  busPort: number;
  client: Redis;
}

/** Three masters, each with a third of the slots. They end with this process, however it ends. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const nodes = await Promise.all([startNode(), startNode(), startNode()]);
  const clients: Cluster[] = [];
  const close = async () => {
    for (const client of [...clients, ...nodes.map((node) => node.client)]) client.disconnect();
    await Promise.all(nodes.map(({ server }) => server.stop()));
  };
  try {
    await meet(nodes);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nodes: nodes.map(({ client }) => client),
    connect() {
      const client = new Cluster(nodes.map(({ port }) => ({ host: HOST, port })));
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    close,
  };
}

async function startNode(): Promise<Node> {
  const program = inject('redis').program;
  if (!program) throw new Error('A cluster needs nodes of its own: install redis-server or valkey-server');
  for (let attempt = 1; ; attempt++) {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tiketi-test-redis-node-')));
    const logFile = join(directory, 'redis.log');
    const [port, busPort] = [await freePort(), await freePort()];
    const server = await supervise({
      command: program,
      args: [
        ...['--bind', HOST, '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no'],
        ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
      ],
      directory,
      environment: serverEnvironment(),
      logFile,
      recordFile: join(directory, 'redis-process.json'),
      signals: ['SIGTERM', 'SIGKILL'],
      patienceMs: 5_000,
      removeDirectory: directory,
    });
    const client = new Redis({ host: HOST, port, retryStrategy: () => 50 });
    client.on('error', () => {});
    // Another program may have taken the port in the meantime, and answer as well.
    const isOurs = client.info('server').then((info) => info.includes(`process_id:${server.pid}\r\n`));
    const started = await Promise.race([isOurs, server.ended, sleep(30_000)]).catch(() => false);
    if (started) return { server, port, busPort, client };
    const reason = lastLines(logFile);
    client.disconnect();
    await server.stop();
    if (attempt === 5) throw new Error(`A node of the cluster doesn't start; the end of its log:\n${reason}`);
  }
}

async function meet(nodes: Node[]): Promise<void> {
  const [first] = nodes as [Node];
  for (const [index, { client, port, busPort }] of nodes.entries()) {
    const from = Math.ceil((SLOTS / nodes.length) * index);
    const to = Math.ceil((SLOTS / nodes.length) * (index + 1)) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (client !== first.client) await first.client.call('CLUSTER', 'MEET', HOST, port, busPort);
  }
  const wanted = ['cluster_state:ok', `cluster_known_nodes:${nodes.length}`, `cluster_slots_ok:${SLOTS}`];
  await eventually(
    async () => {
      const states = await Promise.all(nodes.map(({ client }) => client.cluster('INFO')));
      for (const state of states)
        for (const line of wanted) if (!state.includes(`${line}\r\n`)) throw new Error(`${line} is not yet`);
    },
    { timeout: 60_000, interval: 50 },
  );
}
