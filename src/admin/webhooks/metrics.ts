import { sql } from 'kysely';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Db } from '../../database/database.ts';

interface Backlog {
  unpublished: number;
  pending: number;
  parked: number;
  lag: number;
}

/** Gauges are read from PostgreSQL when metrics are collected, together. Without it they are NaN. */
export function createWebhookMetrics(registry: Registry, db: Db) {
  const registers = [registry];
  let reading: Promise<Backlog | undefined> | undefined;
  const backlog = () => {
    reading ??= readBacklog(db)
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  new Gauge({
    name: 'tiketi_webhook_deliveries',
    help: 'Deliveries that are pending, of enabled webhooks, and deliveries that were parked',
    labelNames: ['status'],
    aggregator: 'max',
    registers,
    async collect() {
      const found = await backlog();
      this.set({ status: 'pending' }, found?.pending ?? Number.NaN);
      this.set({ status: 'parked' }, found?.parked ?? Number.NaN);
    },
  });
  new Gauge({
    name: 'tiketi_outbox_unpublished',
    help: 'Events that have no position yet',
    aggregator: 'max',
    registers,
    async collect() {
      this.set((await backlog())?.unpublished ?? Number.NaN);
    },
  });
  new Gauge({
    name: 'tiketi_outbox_lag_seconds',
    help: 'Age of the oldest event that is not published, or not delivered to an enabled webhook',
    aggregator: 'max',
    registers,
    async collect() {
      this.set((await backlog())?.lag ?? Number.NaN);
    },
  });
  return new Counter({
    name: 'tiketi_webhook_attempts_total',
    help: 'Attempts of this instance to deliver a webhook, by outcome: delivered or failed',
    labelNames: ['outcome'],
    registers,
  });
}

async function readBacklog(db: Db): Promise<Backlog> {
  const { rows } = await sql<Backlog>`
    WITH pending AS (
      SELECT count(*) AS count, min(d.created_at) AS oldest
      FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.status = 'pending' AND w.enabled
    ), unpublished AS (
      SELECT count(*) AS count, min(happened_at) AS oldest FROM outbox WHERE position IS NULL
    )
    SELECT unpublished.count AS unpublished, pending.count AS pending,
      (SELECT count(*) FROM webhook_deliveries WHERE status = 'parked') AS parked,
      coalesce(extract(epoch FROM now() - least(pending.oldest, unpublished.oldest)), 0)::double precision AS lag
    FROM pending, unpublished`.execute(db);
  return rows[0] as Backlog;
}
