import type { SeatStatus } from '../../../src/database/schema.ts';
import type { FaultWindow } from '../harness/findings.ts';

export type Operation = 'hold' | 'buy' | 'best' | 'cancel' | 'confirm';

/** A granted reservation, as in the answer. */
export interface GrantedBody {
  id: string;
  reservationNumber: string;
  totalAmount: number;
  expiresAt: string;
  seats?: { id: string; price: number }[];
}

/** One request, as the client that sent it saw it. Times are ms since the epoch. */
export interface Attempt {
  operation: Operation;
  userId: string;
  /** The same for every attempt at one wish. */
  key: string;
  instance: number;
  sentAt: number;
  endedAt: number;
  /** `null`: no answer came. */
  status: number | null;
  /** The client hung up on purpose. */
  dropped: boolean;
  code?: string;
  /** The whole answer as text. */
  text?: string;
  /** The reservation of a 201. */
  granted?: GrantedBody;
  eventId: string;
  /** The tickets that a buy requested. */
  tickets?: { ticketTypeId: string; quantity: number }[];
  /** The reservation to cancel or confirm. */
  reservationId?: string;
  /** The payment of a confirm. */
  paymentId?: string;
}

/** The tables at one moment after the load. */
export interface Dump {
  takenAt: number;
  reservations: {
    id: string;
    reservation_number: string;
    user_id: string;
    event_id: string;
    total_amount: number;
    status: 'pending' | 'confirmed' | 'cancelled' | 'expired';
    expires_at: string;
    payment_id: string | null;
    confirmed_at: string | null;
  }[];
  items: {
    reservation_id: string;
    seat_id: string | null;
    ticket_type_id: string | null;
    quantity: number;
    unit_price: number;
    released_at: string | null;
  }[];
  seats: { id: string; event_id: string; status: SeatStatus }[];
  stock: { id: string; total_quantity: number; available_quantity: number }[];
  refunds: { id: string; reservation_id: string; payment_id: string | null; amount: number }[];
  /** How far cancelled events are. */
  cancellations: { event_id: string; done: number; finished_at: string | null }[];
}

/** An event that was cancelled over HTTP. */
export interface Cancellation {
  eventId: string;
  sentAt: number;
  answeredAt: number;
}

/** One message about a reservation, as the address of a webhook received and answered it. */
export interface Delivery {
  /** The `webhook-id`. */
  id: string;
  type: string;
  reservationId: string;
  /** With `reservation.refund_due`. */
  refundId?: string;
  body: string;
  signed: boolean;
  status: number;
  at: number;
}

/** A `seat-locked` at the socket of an instance. */
export interface News {
  instance: number;
  seatId: string;
  at: number;
}

/** The socket of an instance was open and in the rooms of all events. */
export interface Presence {
  instance: number;
  from: number;
  to: number;
}

export interface Evidence {
  history: Attempt[];
  dump: Dump;
  windows: FaultWindow[];
  news: News[];
  presences: Presence[];
  cancellations: Cancellation[];
  deliveries: Delivery[];
}
