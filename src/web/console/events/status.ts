import type { OrganizerEvent } from '../../../client/index.ts';
import { texts } from '../../shared/language.ts';
import type { Tone } from '../../ui/badge.tsx';

type Status = OrganizerEvent['status'];

export const STATUSES: Status[] = ['draft', 'upcoming', 'on_sale', 'sold_out', 'ended', 'cancelled'];

export const statusTexts = texts<Record<Status, string>>({
  ko: {
    draft: '초안',
    upcoming: '판매 예정',
    on_sale: '판매 중',
    sold_out: '매진',
    ended: '종료',
    cancelled: '취소됨',
  },
  en: {
    draft: 'Draft',
    upcoming: 'Upcoming',
    on_sale: 'On sale',
    sold_out: 'Sold out',
    ended: 'Ended',
    cancelled: 'Cancelled',
  },
});

export const statusTones: Record<Status, Tone | undefined> = {
  draft: 'warn',
  upcoming: 'accent',
  on_sale: 'good',
  sold_out: undefined,
  ended: undefined,
  cancelled: 'bad',
};
