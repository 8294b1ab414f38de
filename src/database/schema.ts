import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely';
import type { PosterImages, Posters } from './poster-tables.ts';
import type { EventCancellations, Refunds, ReservationItems, Reservations } from './reservation-tables.ts';
import type { GeneratedTime, Time } from './times.ts';

export type { PaymentStatus, RefundReason, ReservationStatus } from './reservation-tables.ts';

import type { OutboxTables } from './outbox-tables.ts';

/**
 * The tables that `migrations/` creates. Times are read as ISO 8601 strings in UTC and big integers as numbers (see database.ts), so
 * that rows go to the wire unchanged.
 */
export type EventStatus = 'upcoming' | 'on_sale' | 'sold_out' | 'ended' | 'cancelled';
/** What an operator decided. A draft is an event that its organizer alone can see. */
type StoredEventStatus = EventStatus | 'draft';
export type SeatStatus = 'available' | 'locked' | 'reserved' | 'blocked';
export type SeatAttribute = 'accessible' | 'companion' | 'restricted_view';

export interface LayoutSection {
  name: string;
  rows: number;
  seatsPerRow: number;
  /** The first row of this section. Row numbers continue through the hall. */
  startRow: number;
  /** Whole won. */
  price: number;
}

interface SeatLayouts {
  id: Generated<string>;
  name: string;
  description: string | null;
  total_seats: number;
  layout_config: JSONColumnType<{ sections: LayoutSection[] }>;
  created_at: GeneratedTime;
  created_by: string | null;
  updated_at: GeneratedTime;
  revision: Generated<number>;
  /** Whether the hall has its seats in `layout_seats`. */
  by_seat: Generated<boolean>;
}

/** The seats of halls that were made seat by seat. */
interface LayoutSeats {
  layout_id: string;
  /** In the order in which they were sent, from 1. */
  position: number;
  section: string;
  row_number: number;
  seat_number: number;
  seat_label: string;
  price: number;
  attributes: SeatAttribute[];
  x: number | null;
  y: number | null;
}

interface Events {
  id: Generated<string>;
  title: string;
  description: string | null;
  venue: string;
  address: string | null;
  event_date: Time;
  sale_start_date: Time;
  sale_end_date: Time;
  poster_image_url: string | null;
  status: Generated<StoredEventStatus>;
  seat_layout_id: string | null;
  artist_name: string | null;
  pre_scaled: Generated<boolean>;
  created_by: string | null;
  created_at: GeneratedTime;
  updated_at: GeneratedTime;
  search_text: GeneratedAlways<string>;
  /** A name of the IANA time zone database. */
  timezone: Generated<string>;
  /** Grows with each edit of the row. */
  revision: Generated<number>;
  /** This limit and the next ones replace those of the variables, unless they are null. */
  max_seats_per_reservation: number | null;
  max_seats_per_user: number | null;
  max_tickets_per_reservation: number | null;
  max_tickets_per_user: number | null;
  hold_seconds: number | null;
  extend_seconds: number | null;
  /** After an event was postponed: when buyers may last cancel. */
  cancellable_until: Time | null;
  /** From when companion seats are sold by themselves. */
  companion_release_at: Time | null;
}

interface EventListing extends Events {
  current_status: StoredEventStatus;
}

interface TicketTypes {
  id: Generated<string>;
  event_id: string;
  name: string;
  description: string | null;
  price: number;
  total_quantity: number;
  available_quantity: number;
  /** Grows with each sale. */
  version: Generated<number>;
  /** Grows with each edit. */
  revision: Generated<number>;
  sale_start_date: Time | null;
  sale_end_date: Time | null;
  /** This and the next two are of one reservation. */
  min_quantity: Generated<number>;
  max_quantity: number | null;
  quantity_step: Generated<number>;
  position: Generated<number>;
  hidden: Generated<boolean>;
}

interface Seats {
  id: Generated<string>;
  event_id: string;
  section: string;
  row_number: number;
  seat_number: number;
  seat_label: string;
  price: number;
  status: Generated<SeatStatus>;
  version: Generated<number>;
  attributes: Generated<SeatAttribute[]>;
  /** In the hall's own units. */
  x: number | null;
  y: number | null;
}

/** One row for each event, derived from `seats` and `ticket_types` by triggers and never written directly. */
interface EventSeats {
  event_id: string;
  total: number;
  available: number;
  /** Raised by one in each transaction that changes seats or stock of the event. */
  version: number;
  /** The version that changed the layout last. */
  layout: number;
  changed_in: string | null;
  /** The event is a draft or cancelled: a sale fails at its commit. */
  closed: Generated<boolean>;
}

/** What each version changed, for 10 minutes. Written by triggers. */
export interface EventChangesLog {
  event_id: string;
  version: number;
  layout: number;
  changed_at: GeneratedTime;
  seat_ids: string[];
  seat_statuses: number[];
  seat_versions: number[];
  ticket_type_ids: string[];
  available_quantities: number[];
  total_quantities: number[];
  stock_versions: number[];
}

/** The events whose facts have changed, and when. Written by triggers; read by every instance. */
interface CatalogueChanges {
  event_id: string;
  changed_in: string;
}

interface KeywordMappings {
  korean: string;
  english: string;
}

interface IdempotencyKeys {
  user_id: string;
  key: string;
  fingerprint: string;
  status: number;
  body: string;
  created_at: GeneratedTime;
}

interface QueueSettings {
  event_id: string;
  threshold: number | null;
  drain_per_second: number | null;
  paused: Generated<boolean>;
  lobby_minutes: number | null;
  waiting_ttl_seconds: number | null;
  cleared_at: ColumnType<string | null, string | Date | null | undefined, string | Date | null>;
  version: Generated<number>;
  updated_at: GeneratedTime;
}

interface QueueLotteries {
  event_id: string;
  seed: Buffer;
  seed_hash: GeneratedAlways<string>;
  drawn_at: ColumnType<string | null, string | Date | null | undefined, string | Date | null>;
  entries: number | null;
  /** 16 bytes each, in the order of the draw. */
  user_ids: Buffer | null;
}

/** The part of a room's state that is known after Redis lost the room. Times are in ms since 1970, by the clock of Redis. */
export interface RoomSnapshot {
  /** When the room began: its identity. */
  born: number;
  /** When it was last alive. */
  kept: number;
  /** The last sequence number given. */
  seq: number;
  /** Users inside. */
  inside: number;
  /** Users waited. */
  line: boolean;
  /** The longer of the two times to live at that time, in ms. Unknown in a snapshot of an earlier build. */
  ttl: number | null;
}

/** The last known state of each waiting room. */
interface QueueRooms extends RoomSnapshot {
  event_id: string;
}

/** What organizers and administrators did. Rows can neither be changed nor deleted. */
interface AuditLog {
  id: GeneratedAlways<number>;
  happened_at: GeneratedTime;
  /** Null if the service did it by itself, at a time that was set. */
  actor_id: string | null;
  actor_role: 'admin' | 'organizer' | 'service' | 'user' | 'system';
  request_id: string | null;
  action: string;
  entity_id: string;
  event_id: string | null;
  reason: string | null;
  before: ColumnType<unknown, string | null, never>;
  after: ColumnType<unknown, string | null, never>;
}

/** Each run of `npm run import`. */
interface Imports {
  id: GeneratedAlways<number>;
  timezone: string;
  started_at: GeneratedTime;
  /** Null: it was interrupted, or still runs. */
  finished_at: ColumnType<string | null, undefined, string | Date>;
}

/** A group of seats that are kept from being sold. */
interface SeatBlocks {
  id: string;
  event_id: string;
  reason: string;
  /** When it is released by itself. */
  release_at: Time | null;
  created_by: string | null;
  created_at: GeneratedTime;
  /** When its last seat was released. Derived by triggers, never written directly. */
  released_at: ColumnType<string | null, undefined, never>;
}

/** The status of a seat follows from its row here. */
interface BlockedSeats {
  seat_id: string;
  block_id: string;
}

export interface Database extends OutboxTables {
  audit_log: AuditLog;
  blocked_seats: BlockedSeats;
  seat_blocks: SeatBlocks;
  seat_layouts: SeatLayouts;
  layout_seats: LayoutSeats;
  events: Events;
  event_listing: EventListing;
  posters: Posters;
  poster_images: PosterImages;
  ticket_types: TicketTypes;
  seats: Seats;
  event_seats: EventSeats;
  event_changes: EventChangesLog;
  catalogue_changes: CatalogueChanges;
  keyword_mappings: KeywordMappings;
  reservations: Reservations;
  reservation_items: ReservationItems;
  refunds: Refunds;
  event_cancellations: EventCancellations;
  idempotency_keys: IdempotencyKeys;
  imports: Imports;
  queue_settings: QueueSettings;
  queue_lotteries: QueueLotteries;
  queue_rooms: QueueRooms;
}
