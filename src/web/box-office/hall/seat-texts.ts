import type { WatchedSeat } from '../../../client/index.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';

const t = texts({
  ko: {
    place: (section: string, row: number, seat: number) => `${section} ${row}열 ${seat}번`,
    available: '선택 가능',
    locked: '다른 분이 결제 중',
    reserved: '판매 완료',
    accessible: '휠체어석',
    companion: '동반자석 (옆 휠체어석과 함께 예매)',
    restricted_view: '시야 제한',
  },
  en: {
    place: (section, row, seat) => `${section}, row ${row}, seat ${seat}`,
    available: 'free',
    locked: 'being paid by another buyer',
    reserved: 'sold',
    accessible: 'wheelchair space',
    companion: 'companion seat (sold with the wheelchair space beside it)',
    restricted_view: 'restricted view',
  },
});

type Place = Pick<WatchedSeat, 'section' | 'row_number' | 'seat_number'>;

/** A 12열 7번 */
export function placeText({ section, row_number, seat_number }: Place): string {
  return t.value.place(section, row_number, seat_number);
}

/** The marks of a seat in words, for example that it is a place for a wheelchair. */
export function attributesText({ attributes = [] }: Pick<WatchedSeat, 'attributes'>): string {
  return attributes.map((each) => t.value[each]).join(', ');
}

/** A 12열 7번, ₩110,000, 선택 가능 */
export function seatText(seat: WatchedSeat): string {
  return [placeText(seat), won(seat.price), attributesText(seat), t.value[seat.status]]
    .filter((part) => part !== '')
    .join(', ');
}
