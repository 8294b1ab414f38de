import type { FoundReservation, RefundDetail } from '../../../client/index.ts';
import { texts } from '../../shared/language.ts';
import type { Tone } from '../../ui/badge.tsx';

type Status = FoundReservation['status'];
type Item = FoundReservation['items'][number];

export const STATUSES: Status[] = ['pending', 'confirmed', 'cancelled', 'expired'];

export const statusTexts = texts<Record<Status, string>>({
  ko: { pending: '결제 대기', confirmed: '예매 완료', cancelled: '취소', expired: '시간 만료' },
  en: { pending: 'To be paid', confirmed: 'Confirmed', cancelled: 'Cancelled', expired: 'Expired' },
});

export const statusTones: Record<Status, Tone | undefined> = {
  pending: 'warn',
  confirmed: 'good',
  cancelled: 'bad',
  expired: undefined,
};

export const refundReasons = texts<Record<RefundDetail['reason'], string>>({
  ko: {
    cancelled: '예매 취소',
    cancelled_in_part: '부분 취소',
    event_cancelled: '이벤트 취소',
    too_late: '늦은 결제',
    paid_twice: '중복 결제',
  },
  en: {
    cancelled: 'Cancelled',
    cancelled_in_part: 'Cancelled in part',
    event_cancelled: 'Event cancelled',
    too_late: 'Paid too late',
    paid_twice: 'Paid twice',
  },
});

const t = texts({
  ko: { of: (name: string, n: number) => `${name} ${n}매` },
  en: { of: (name, n) => `${n} × ${name}` },
});

/** A seat by its label, tickets by their type and number. */
export function itemText({ seat_label, ticket_type_name, quantity }: Item): string {
  return seat_label ?? t.value.of(ticket_type_name ?? '', quantity);
}
