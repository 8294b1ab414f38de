import { Cluster, type Redis } from 'ioredis';
import { inject } from 'vitest';
import type { RedisSettings } from '../../../src/config/servers.ts';
import { type ClusterNode, moveSlot, startClusterNodes, stopNodes } from './cluster-nodes.ts';
import { redisSettings } from './settings.ts';

export interface TestRedisCluster {
  /** A client of its own, as each instance has one; closed by `close`. */
  connect(): Cluster;
  /** How the service reaches the cluster: by one of its nodes, which names the others. */
  settings: RedisSettings;
  /** Of each node. */
  nodes: Redis[];
  /** @returns the index of the master that has the key */
  ownerOf(key: string): Promise<number>;
  /** Moves the slot of a key, with all keys in it, to another node. */
  move(key: string, to: number): Promise<void>;
  /** As a network that swallows everything would: the others declare the node failed after 2 s. */
  pause(node: number): void;
  resume(node: number): void;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Three masters, each with a third of the slots. They end with this process, however it ends. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const program = inject('redis').program;
  if (!program) throw new Error('A cluster needs nodes of its own: install redis-server or valkey-server');
  const nodes = await startClusterNodes(program, 3, 0);
  const addresses = nodes.map(({ port }) => ({ host: HOST, port }));
  const clients: Cluster[] = [];
  const nodeOf = (index: number) => nodes[index] as ClusterNode;
  async function ownerOf(key: string): Promise<number> {
    const found = await Promise.all(
      nodes.map(({ client }) =>
        client.exists(key).then(
          () => true,
          () => false,
        ),
      ),
    );
    return found.indexOf(true);
  }
  return {
    nodes: nodes.map(({ client }) => client),
    settings: { ...redisSettings({ host: HOST, port: 1 }), cluster: addresses.slice(0, 1) },
    connect() {
      const client = new Cluster(addresses);
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    ownerOf,
    move: async (key, to) => moveSlot(key, nodeOf(await ownerOf(key)), nodeOf(to), nodes),
    pause: (node) => void process.kill(nodeOf(node).server.pid, 'SIGSTOP'),
    resume: (node) => void process.kill(nodeOf(node).server.pid, 'SIGCONT'),
    async close() {
      for (const client of clients) client.disconnect();
      await stopNodes(nodes);
    },
  };
}
