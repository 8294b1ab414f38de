import { texts } from '../../shared/language.ts';
import type { SeatState } from './seat-states.ts';

export const stateTexts = texts<Record<SeatState, string>>({
  ko: { sold: '판매', fresh: '방금 판매', held: '선점 중', free: '잔여', blocked: '판매 보류' },
  en: { sold: 'Sold', fresh: 'Just sold', held: 'Held', free: 'Free', blocked: 'Blocked' },
});
