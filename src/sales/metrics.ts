import { Counter, Histogram, type Registry } from 'prom-client';
import { SECONDS } from '../plugins/metrics/metrics.ts';

export type SaleMetrics = ReturnType<typeof createSaleMetrics>;

export function createSaleMetrics(registry: Registry) {
  const registers = [registry];
  return {
    batchSize: new Histogram({
      name: 'tiketi_sale_batch_size',
      help: 'Hold requests decided in one transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'tiketi_sale_batch_seconds',
      help: 'How long the transaction of a batch took, including its wait for a connection',
      buckets: SECONDS,
      registers,
    }),
    outcomes: new Counter({
      name: 'tiketi_sale_verdicts_total',
      help: 'Outcomes of hold requests: granted, replayed, or the code of the refusal',
      labelNames: ['verdict'],
      registers,
    }),
    holdsExpired: new Counter({
      name: 'tiketi_holds_expired_total',
      help: 'Expired holds that this instance ended',
      registers,
    }),
  };
}
