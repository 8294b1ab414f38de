/** A panel of a Grafana dashboard: its title, its unit, and its lines as PromQL with their legends. */
export interface Panel {
  title: string;
  /** https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit */
  unit: 'short' | 's' | 'reqps' | 'percentunit' | 'bytes';
  lines: Record<string, string>;
}

const quantile = (q: number, histogram: string, selector = '') =>
  `histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;
const perSecond = (counter: string, by?: string, selector = '') =>
  `sum${by === undefined ? '' : ` by (${by})`} (rate(${counter}${selector}[$__rate_interval]))`;
const highest = (gauge: string, by?: string) => `max${by === undefined ? '' : ` by (${by})`} (${gauge})`;

const spread = (histogram: string, selector = '') => ({
  p50: quantile(0.5, histogram, selector),
  p99: quantile(0.99, histogram, selector),
});
const byInstance = (gauge: string) => ({ '{{instance}}': highest(gauge, 'instance') });

const HOLDS = '{route=~"/api/v1/(seats/reserve|seats/best-available|reservations)"}';

/** Title of each dashboard -> its panels. */
export const dashboards: Record<string, Panel[]> = {
  'Tiketi: the sale': [
    {
      title: 'Outcomes of holds a second',
      unit: 'reqps',
      lines: { '{{verdict}}': perSecond('tiketi_sale_verdicts_total', 'verdict') },
    },
    {
      title: 'Time of a hold',
      unit: 's',
      lines: spread('tiketi_http_request_seconds', HOLDS),
    },
    {
      title: 'Hold requests in line',
      unit: 'short',
      lines: byInstance('tiketi_sale_waiting'),
    },
    {
      title: 'Hold requests in a batch',
      unit: 'short',
      lines: {
        mean: `${perSecond('tiketi_sale_batch_size_sum')} / ${perSecond('tiketi_sale_batch_size_count')}`,
      },
    },
    {
      title: 'Time of a batch',
      unit: 's',
      lines: spread('tiketi_sale_batch_seconds'),
    },
    {
      title: 'Holds that expire a second',
      unit: 'reqps',
      lines: { expired: perSecond('tiketi_holds_expired_total') },
    },
    {
      title: 'Requests a second by status',
      unit: 'reqps',
      lines: { '{{status}}': perSecond('tiketi_http_requests_total', 'status') },
    },
    {
      title: 'Webhooks and the feed are behind by',
      unit: 's',
      lines: { lag: highest('tiketi_outbox_lag_seconds') },
    },
    {
      title: 'Deliveries to webhooks',
      unit: 'short',
      lines: {
        '{{status}}': highest('tiketi_webhook_deliveries', 'status'),
        unpublished: highest('tiketi_outbox_unpublished'),
      },
    },
    {
      title: 'Attempts to deliver a second',
      unit: 'reqps',
      lines: { '{{outcome}}': perSecond('tiketi_webhook_attempts_total', 'outcome') },
    },
  ],
  'Tiketi: the waiting room': [
    {
      title: 'People in line, by event',
      unit: 'short',
      lines: { '{{event}}': highest('tiketi_queue_waiting', 'event') },
    },
    {
      title: 'People inside, by event',
      unit: 'short',
      lines: {
        '{{event}}': highest('tiketi_queue_inside', 'event'),
        '{{event}} threshold': highest('tiketi_queue_threshold', 'event'),
      },
    },
    {
      title: 'People a second',
      unit: 'reqps',
      lines: {
        arrive: perSecond('tiketi_queue_arrivals_total'),
        'are admitted': perSecond('tiketi_queue_admissions_total'),
        leave: perSecond('tiketi_queue_abandonments_total'),
      },
    },
    {
      title: 'How long admitted people had waited',
      unit: 's',
      lines: spread('tiketi_queue_wait_seconds'),
    },
    {
      title: 'Error of the estimated wait',
      unit: 'percentunit',
      lines: {
        p50: quantile(0.5, 'tiketi_queue_estimate_error'),
        p90: quantile(0.9, 'tiketi_queue_estimate_error'),
      },
    },
    {
      title: 'Live streams',
      unit: 'short',
      lines: {
        '{{kind}}': 'sum by (kind) (tiketi_live_connections)',
        '{{kind}} dropped a second': perSecond('tiketi_live_dropped_total', 'kind'),
      },
    },
  ],
  'Tiketi: the databases': [
    {
      title: 'PostgreSQL answers and takes writes',
      unit: 'short',
      lines: byInstance('tiketi_postgres_up'),
    },
    {
      title: 'Redis answers and takes writes',
      unit: 'short',
      lines: byInstance('tiketi_redis_up'),
    },
    {
      title: 'Parts that are missing',
      unit: 'short',
      lines: { '{{instance}} {{part}}': highest('tiketi_degraded', 'instance, part') },
    },
    {
      title: 'Losses of Redis, and waiting rooms that formed again',
      unit: 'short',
      lines: {
        losses: 'sum(increase(tiketi_redis_losses_total[$__rate_interval]))',
        reforms: 'sum(increase(tiketi_queue_reforms_total[$__rate_interval]))',
      },
    },
  ],
  'Tiketi: the process': [
    {
      title: 'CPU, in cores',
      unit: 'short',
      lines: { '{{instance}}': perSecond('tiketi_process_cpu_seconds_total', 'instance') },
    },
    {
      title: 'The event loop is late by (p99)',
      unit: 's',
      lines: byInstance('tiketi_nodejs_eventloop_lag_p99_seconds'),
    },
    {
      title: 'Memory',
      unit: 'bytes',
      lines: {
        '{{instance}} resident': highest('tiketi_process_resident_memory_bytes', 'instance'),
        '{{instance}} heap': highest('tiketi_nodejs_heap_size_used_bytes', 'instance'),
      },
    },
    {
      title: 'Garbage collection, as a part of the time',
      unit: 'percentunit',
      lines: { '{{kind}}': perSecond('tiketi_nodejs_gc_duration_seconds_sum', 'kind') },
    },
    {
      title: 'Open files and sockets',
      unit: 'short',
      lines: byInstance('tiketi_process_open_fds'),
    },
    {
      title: 'Instances that answer',
      unit: 'short',
      lines: { up: 'sum(up{job="tiketi"})' },
    },
    {
      title: 'Workers that answer',
      unit: 'short',
      lines: { '{{instance}}': 'sum by (instance) (tiketi_worker_up)' },
    },
  ],
};
