import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis } from 'ioredis';
import type { RedisSettings } from '../../config/servers.ts';
import type { Address } from '../../config/variable.ts';
import { nodeOptions } from './options.ts';

const ANSWER_WITHIN_MS = 1_000;

/** @returns for ioredis: connects to the node of a cluster that has the key, wherever it is by then */
export function connectorTo(key: string, settings: RedisSettings, seeds: Address[]) {
  /** The node that had the key last. It knows the others, which `seeds` may not name any more. */
  let last: Address | undefined;
  const behaviour = {
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: ANSWER_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS,
    enableReadyCheck: false,
  };

  /** Asks a node for the key, which it has or knows the owner of. */
  async function ask(node: Address): Promise<Address> {
    const redis = new Redis({ ...nodeOptions(settings, behaviour), ...node });
    redis.on('error', () => undefined); // the command fails too
    try {
      await redis.exists(key);
      return node;
    } catch (error) {
      const owner = /^MOVED \d+ (.*):(\d+)$/.exec((error as Error).message);
      if (!owner) throw error;
      // A node that doesn't know its own address names none: it is the one that was asked.
      return { host: owner[1] || node.host, port: Number(owner[2]) };
    } finally {
      redis.disconnect();
    }
  }

  async function findOwner(): Promise<Address> {
    let failure: unknown;
    for (const node of last ? [last, ...seeds] : seeds)
      try {
        last = await ask(node);
        return last;
      } catch (error) {
        failure = error;
      }
    throw failure;
  }

  return class extends AbstractConnector {
    constructor(options: unknown) {
      super((options as { disconnectTimeout: number }).disconnectTimeout);
    }

    async connect() {
      this.connecting = true;
      const { host, port } = await findOwner();
      if (!this.connecting) throw new Error('Connection is closed.');
      this.stream = settings.tls ? connectTls({ host, port }) : connectPlain({ host, port });
      return this.stream;
    }
  };
}
