import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../plugins/metrics/metrics.ts';

export type Kind = 'sse' | 'websocket';

/** The metrics of the live streams. */
export function streamMetrics({ registry }: Metrics) {
  const labelNames = ['kind'] as const;
  const registers = [registry];
  const connections = new Gauge({
    name: 'tiketi_live_connections',
    help: 'Open live streams: Server-Sent Events and plain WebSockets',
    labelNames,
    registers,
  });
  const dropped = new Counter({
    name: 'tiketi_live_dropped_total',
    help: 'Live streams ended because the client did not read, or did not answer a ping',
    labelNames,
    registers,
  });
  for (const kind of ['sse', 'websocket'] as const) {
    connections.set({ kind }, 0);
    dropped.inc({ kind }, 0);
  }
  return { connections, dropped };
}
