import { texts } from '../../shared/language.ts';
import type { Answer } from '../../shared/types.ts';

export type Webhook = Answer<'listWebhooks'>['webhooks'][number];
export type HappenedType = Webhook['types'][number];

/** What other systems can hear of, in the order of docs/webhooks.md. */
export const happenedTexts = texts<Record<HappenedType, string>>({
  ko: {
    'reservation.held': '선점',
    'reservation.confirmed': '결제 완료',
    'reservation.cancelled': '예매 취소',
    'reservation.expired': '선점 만료',
    'reservation.refund_due': '환불 예정',
    'reservation.refunded': '환불 완료',
    'event.published': '이벤트 공개',
    'event.changed': '이벤트 변경',
    'event.cancelled': '이벤트 취소',
    'event.sold_out': '매진',
    'event.on_sale_again': '다시 판매',
    'seat_block.created': '좌석 판매 보류',
    'seat_block.released': '판매 보류 해제',
  },
  en: {
    'reservation.held': 'Held',
    'reservation.confirmed': 'Paid',
    'reservation.cancelled': 'Cancelled',
    'reservation.expired': 'Hold expired',
    'reservation.refund_due': 'Refund due',
    'reservation.refunded': 'Refunded',
    'event.published': 'Event published',
    'event.changed': 'Event changed',
    'event.cancelled': 'Event cancelled',
    'event.sold_out': 'Sold out',
    'event.on_sale_again': 'On sale again',
    'seat_block.created': 'Seats blocked',
    'seat_block.released': 'Seats unblocked',
  },
});
