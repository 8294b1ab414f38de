import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { GeneratedTime, Time } from './times.ts';

/** Subscriptions to what happened: webhooks, and those without a URL for the feed. */
interface Webhooks {
  id: string;
  created_by: string;
  /** Null: all events. Otherwise those of this organizer. */
  organizer_id: string | null;
  url: string | null;
  types: string[];
  event_id: string | null;
  enabled: Generated<boolean>;
  disabled_because: ColumnType<
    'gone' | 'failing' | null,
    'gone' | 'failing' | null | undefined,
    'gone' | 'failing' | null
  >;
  secret: string | null;
  former_secret: ColumnType<string | null, undefined, string | null>;
  former_secret_until: ColumnType<string | null, undefined, string | Date | null>;
  failures: Generated<number>;
  failing_since: ColumnType<string | null, undefined, string | Date | null>;
  retry_at: ColumnType<string | null, undefined, string | Date | null>;
  revision: Generated<number>;
  created_at: GeneratedTime;
  updated_at: GeneratedTime;
}

/** The types that a subscription wants. Written by triggers. */
interface OutboxWanted {
  type: string;
}

/** What happened. Written by triggers; the position is given after the commit. */
interface Outbox {
  id: GeneratedAlways<number>;
  position: number | null;
  published_at: Time | null;
  message_id: Generated<string>;
  type: string;
  event_id: string;
  entity_id: string;
  happened_at: GeneratedTime;
  data: JSONColumnType<Record<string, unknown>>;
}

interface OutboxState {
  only_row: Generated<boolean>;
  last_position: number;
  swept_through: number;
}

interface WebhookDeliveries {
  id: Generated<string>;
  webhook_id: string;
  outbox_id: number;
  position: number;
  entity_id: string;
  status: Generated<'pending' | 'delivered' | 'parked'>;
  attempts: Generated<number>;
  first_attempt_at: ColumnType<string | null, undefined, string | Date | null>;
  next_attempt_at: GeneratedTime;
  lease: ColumnType<string | null, undefined, string | null>;
  leased_until: ColumnType<string | null, undefined, string | Date | null>;
  response_status: number | null;
  response_body: string | null;
  error: string | null;
  duration_ms: number | null;
  created_at: GeneratedTime;
  delivered_at: ColumnType<string | null, undefined, string | Date | null>;
}

/** The events that were said to be sold out. Written by triggers. */
interface SoldOutEvents {
  event_id: string;
}

export interface OutboxTables {
  outbox: Outbox;
  outbox_state: OutboxState;
  outbox_wanted: OutboxWanted;
  sold_out_events: SoldOutEvents;
  webhook_deliveries: WebhookDeliveries;
  webhooks: Webhooks;
}
