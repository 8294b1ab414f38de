import { Cluster } from 'ioredis';
import type { RedisSettings } from '../../config/servers.ts';
import { type Behaviour, nodeOptions } from './options.ts';

/**
 * A client of a cluster that fails as fast as one of a single Redis. The commands of an event go to the master that has its keys.
 *
 * @param behaviour of the connection to each node
 */
export class ClusterClient extends Cluster {
  constructor(settings: RedisSettings, behaviour: Behaviour) {
    const {
      lazyConnect: _,
      retryStrategy,
      enableOfflineQueue: __,
      ...redisOptions
    } = nodeOptions(settings, behaviour);
    super(settings.cluster ?? [], {
      redisOptions,
      lazyConnect: true,
      enableReadyCheck: false,
      clusterRetryStrategy: retryStrategy as (attempt: number) => number,
      // The caller decides whether a script that may have run is to run again.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // A certificate names the host, so its address must not take its place.
      ...(settings.tls && { dnsLookup: (host, done) => done(null, host) }),
    });
  }

  /** Commands may wait for the connection to their node, which takes a few ms, but not for the cluster: that may be away for long. */
  override sendCommand(...[command, ...rest]: Parameters<Cluster['sendCommand']>): unknown {
    if (this.status === 'ready' && this.nodes('master').length > 0)
      return super.sendCommand(command, ...rest);
    command.reject(new Error('Connection is closed.'));
    return command.promise;
  }
}
