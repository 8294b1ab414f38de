import { texts } from '../../shared/language.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import type { Status } from './list-address.ts';

export const statusTexts = texts<Record<Status, string>>({
  ko: { on_sale: '예매 중', upcoming: '오픈 예정', sold_out: '매진', ended: '종료', cancelled: '취소' },
  en: {
    on_sale: 'On sale',
    upcoming: 'Upcoming',
    sold_out: 'Sold out',
    ended: 'Ended',
    cancelled: 'Cancelled',
  },
});

const TONES: Partial<Record<Status, Tone>> = {
  on_sale: 'good',
  upcoming: 'accent',
  sold_out: 'warn',
  cancelled: 'bad',
};

export function StatusBadge({ status }: { status: Status }) {
  return <Badge tone={TONES[status]}>{statusTexts.value[status]}</Badge>;
}
