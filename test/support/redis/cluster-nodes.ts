import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import {
  lastLines,
  type Supervised,
  serverEnvironment,
  supervise,
} from '../../../src/embedded/process/supervised.ts';
import { freePort } from '../free-port.ts';
import { eventually } from '../wait.ts';

const HOST = '127.0.0.1';
const SLOTS = 16_384;

export interface ClusterNode {
  server: Supervised;
  port: number;
  busPort: number;
  client: Redis;
}

/** A cluster of masters with equal shares of the slots, and `replicas` of each of them. */
export async function startClusterNodes(
  program: string,
  masters: number,
  replicas: number,
): Promise<ClusterNode[]> {
  const nodes = await Promise.all(Array.from({ length: masters * (1 + replicas) }, () => startNode(program)));
  try {
    await meet(nodes.slice(0, masters), nodes.slice(masters));
    return nodes;
  } catch (error) {
    await stopNodes(nodes);
    throw error;
  }
}

export async function stopNodes(nodes: ClusterNode[]): Promise<void> {
  for (const { client } of nodes) client.disconnect();
  await Promise.all(nodes.map(({ server }) => server.stop()));
}

/** Moves the slot of a key, with the keys that are in it, as `redis-cli --cluster reshard` does. */
export async function moveSlot(
  key: string,
  from: ClusterNode,
  to: ClusterNode,
  all: ClusterNode[],
): Promise<void> {
  const slot = await from.client.cluster('KEYSLOT', key);
  const [fromId, toId] = await Promise.all(
    [from, to].map(({ client }) => client.call('CLUSTER', 'MYID') as Promise<string>),
  );
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId as string);
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId as string);
  for (;;) {
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    if (keys.length === 0) break;
    await from.client.call('MIGRATE', HOST, to.port, '', 0, 5_000, 'KEYS', ...keys);
  }
  // The new owner first, so that the slot always has one.
  for (const { client } of [to, from, ...all])
    await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId as string).catch(() => undefined);
}

async function startNode(program: string): Promise<ClusterNode> {
  for (let attempt = 1; ; attempt++) {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tiketi-test-redis-node-')));
    const logFile = join(directory, 'redis.log');
    const [port, busPort] = [await freePort(), await freePort()];
    const server = await supervise({
      command: program,
      args: [
        ...['--bind', HOST, '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no'],
        ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
        // 15 s by default.
        ...['--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0'],
      ],
      directory,
      environment: serverEnvironment(),
      logFile,
      recordFile: join(directory, 'redis-process.json'),
      signals: ['SIGTERM', 'SIGKILL'],
      patienceMs: 5_000,
      removeDirectory: directory,
    });
    const client = new Redis({ host: HOST, port, retryStrategy: () => 50, maxRetriesPerRequest: null });
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

async function meet(masters: ClusterNode[], replicas: ClusterNode[]): Promise<void> {
  const nodes = [...masters, ...replicas];
  const [first] = nodes as [ClusterNode];
  for (const [index, { client, port, busPort }] of nodes.entries()) {
    if (index < masters.length) {
      const from = Math.ceil((SLOTS / masters.length) * index);
      const to = Math.ceil((SLOTS / masters.length) * (index + 1)) - 1;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    }
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (client !== first.client) await first.client.call('CLUSTER', 'MEET', HOST, port, busPort);
  }
  await inState(nodes, [
    'cluster_state:ok',
    `cluster_known_nodes:${nodes.length}`,
    `cluster_slots_ok:${SLOTS}`,
  ]);
  for (const [index, { client }] of replicas.entries()) {
    const master = (await masters[index % masters.length]?.client.call('CLUSTER', 'MYID')) as string;
    await client.call('CLUSTER', 'REPLICATE', master);
  }
  await eventually(
    async () => {
      for (const { client } of replicas)
        if (!(await client.info('replication')).includes('master_link_status:up'))
          throw new Error('a replica is not in sync');
    },
    { timeout: 60_000, interval: 50 },
  );
}

async function inState(nodes: ClusterNode[], wanted: string[]): Promise<void> {
  await eventually(
    async () => {
      const states = await Promise.all(nodes.map(({ client }) => client.cluster('INFO')));
      for (const state of states)
        for (const line of wanted) if (!state.includes(`${line}\r\n`)) throw new Error(`${line} is not yet`);
    },
    { timeout: 60_000, interval: 50 },
  );
}
