import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../plugins/metrics/metrics.ts';

export type Kind = 'sse' | 'websocket';

const CONNECTIONS = 'tiketi_live_connections';

/** The metrics of the live streams. */
export function streamMetrics({ registry }: Metrics) {
  const labelNames = ['kind'] as const;
  const registers = [registry];
  const connections = new Gauge({
    name: CONNECTIONS,
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

/** How many live streams are open on this instance. */
export async function openStreams({ registry }: Metrics): Promise<number> {
  const measured = await (registry.getSingleMetric(CONNECTIONS) as Gauge).get();
  return measured.values.reduce((total, { value }) => total + value, 0);
}
