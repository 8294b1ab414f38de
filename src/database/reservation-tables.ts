import type { ColumnType, Generated } from 'kysely';
import type { GeneratedTime, Time } from './times.ts';

export type ReservationStatus = 'pending' | 'confirmed' | 'cancelled' | 'expired';
export type PaymentStatus = 'pending' | 'completed' | 'failed' | 'refunded';
export type RefundReason = 'cancelled' | 'cancelled_in_part' | 'event_cancelled' | 'too_late' | 'paid_twice';

export interface Reservations {
  id: string;
  reservation_number: string;
  user_id: string;
  event_id: string;
  total_amount: number;
  status: Generated<ReservationStatus>;
  payment_status: Generated<PaymentStatus>;
  payment_method: string | null;
  expires_at: Time;
  created_at: GeneratedTime;
  updated_at: GeneratedTime;
  extended_at: ColumnType<string | null, undefined, string | Date>;
  payment_id: string | null;
  paid_at: ColumnType<string | null, undefined, string | Date>;
  confirmed_at: ColumnType<string | null, undefined, string | Date>;
  refund_due: Generated<boolean>;
  refunded_at: ColumnType<string | null, undefined, string | Date | null>;
}

export interface ReservationItems {
  reservation_id: string;
  /** Within the reservation, from 1. */
  position: Generated<number>;
  seat_id: string | null;
  ticket_type_id: string | null;
  quantity: number;
  unit_price: number;
  /** How many were cancelled while the reservation went on. */
  cancelled_quantity: Generated<number>;
  /** How many of these were cancelled before the payment. */
  cancelled_unpaid: Generated<number>;
  released_at: ColumnType<string | null, string | Date | null | undefined, string | Date | null>;
}

/** Each amount that is or was due for refund. */
export interface Refunds {
  id: Generated<string>;
  reservation_id: string;
  payment_id: string | null;
  amount: number;
  reason: RefundReason;
  due_at: GeneratedTime;
  refunded_at: ColumnType<string | null, undefined, string | Date>;
}

/** An event that was cancelled, and how far its reservations are. Written by a trigger. */
export interface EventCancellations {
  event_id: string;
  reason: string | null;
  requested_at: GeneratedTime;
  queue_cleared_at: ColumnType<string | null, undefined, string | Date>;
  /** Null until they are counted. */
  reservations: number | null;
  done: Generated<number>;
  /** How many reservations became due for refund, and the sum in won. */
  refunds: Generated<number>;
  refund_amount: Generated<number>;
  finished_at: ColumnType<string | null, undefined, string | Date>;
}
