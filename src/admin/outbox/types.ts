import type { OutboxType } from '../../contract/schemas.ts';

/** Every type that a subscription can want. The compiler compares them with the contract. */
const TYPES: Record<OutboxType, true> = {
  'reservation.held': true,
  'reservation.confirmed': true,
  'reservation.cancelled': true,
  'reservation.expired': true,
  'reservation.refund_due': true,
  'reservation.refunded': true,
  'event.published': true,
  'event.changed': true,
  'event.cancelled': true,
  'event.sold_out': true,
  'event.on_sale_again': true,
  'seat_block.created': true,
  'seat_block.released': true,
};

export function isOutboxType(text: string): text is OutboxType {
  return Object.hasOwn(TYPES, text);
}

/** The id of a message, the same at each attempt and for each reader. */
export function messageId(id: string): string {
  return `evt_${id.replaceAll('-', '')}`;
}
