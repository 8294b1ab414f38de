import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventDraft, EventField, EventMistake } from './event-draft.ts';

export const fields = texts<Record<EventField, string>>({
  ko: {
    title: '제목',
    artist_name: '출연',
    description: '소개',
    venue: '장소',
    address: '주소',
    timezone: '시간대',
    poster_image_url: '포스터 주소',
    seat_layout_id: '좌석 배치도',
    event_date: '공연 일시',
    sale_start_date: '판매 시작',
    sale_end_date: '판매 종료',
    companion_release_at: '동반석 일반 판매 시작',
    max_seats_per_reservation: '예매당 좌석 수',
    max_seats_per_user: '1인당 좌석 수',
    max_tickets_per_reservation: '예매당 티켓 수',
    max_tickets_per_user: '1인당 티켓 수',
    hold_seconds: '결제 시간 (초)',
    extend_seconds: '연장 시간 (초)',
    pre_scaled: '서버를 미리 늘려 두었어요',
  },
  en: {
    title: 'Title',
    artist_name: 'Artist',
    description: 'Description',
    venue: 'Venue',
    address: 'Address',
    timezone: 'Time zone',
    poster_image_url: 'Address of the poster',
    seat_layout_id: 'Hall',
    event_date: 'Date of the event',
    sale_start_date: 'Sale starts',
    sale_end_date: 'Sale ends',
    companion_release_at: 'Companion seats on general sale from',
    max_seats_per_reservation: 'Seats per reservation',
    max_seats_per_user: 'Seats per person',
    max_tickets_per_reservation: 'Tickets per reservation',
    max_tickets_per_user: 'Tickets per person',
    hold_seconds: 'Time to pay (seconds)',
    extend_seconds: 'Extension (seconds)',
    pre_scaled: 'Servers were added in advance',
  },
});

/** What a field takes, for a value that the service refused. */
export const rules = texts<Record<EventField, string>>({
  ko: {
    title: '200자까지 한 줄로 적어 주세요.',
    artist_name: '200자까지 한 줄로 적어 주세요.',
    description: '10,000자까지 적을 수 있어요.',
    venue: '200자까지 한 줄로 적어 주세요.',
    address: '200자까지 한 줄로 적어 주세요.',
    timezone: 'Asia/Seoul 같은 시간대 이름을 골라 주세요.',
    poster_image_url: 'http:// 또는 https://로 시작하는 주소를 적어 주세요.',
    seat_layout_id: '목록에 있는 배치도를 골라 주세요.',
    event_date: '2000년부터 2099년 사이의 일시를 골라 주세요.',
    sale_start_date: '2000년부터 2099년 사이의 일시를 골라 주세요.',
    sale_end_date: '판매 시작 후, 공연 일시 이전이어야 해요.',
    companion_release_at: '2000년부터 2099년 사이의 일시를 골라 주세요.',
    max_seats_per_reservation: '1부터 100까지의 숫자예요.',
    max_seats_per_user: '1부터 10,000까지의 숫자예요.',
    max_tickets_per_reservation: '1부터 100까지의 숫자예요.',
    max_tickets_per_user: '1부터 10,000까지의 숫자예요.',
    hold_seconds: '10초부터 86,400초까지예요.',
    extend_seconds: '0초부터 86,400초까지예요.',
    pre_scaled: '',
  },
  en: {
    title: 'One line of up to 200 characters.',
    artist_name: 'One line of up to 200 characters.',
    description: 'Up to 10,000 characters.',
    venue: 'One line of up to 200 characters.',
    address: 'One line of up to 200 characters.',
    timezone: 'Choose the name of a time zone, such as Asia/Seoul.',
    poster_image_url: 'An address that begins with http:// or https://.',
    seat_layout_id: 'Choose a hall of the list.',
    event_date: 'A time in the years 2000 to 2099.',
    sale_start_date: 'A time in the years 2000 to 2099.',
    sale_end_date: 'After the start of the sale, and not after the event.',
    companion_release_at: 'A time in the years 2000 to 2099.',
    max_seats_per_reservation: 'A number from 1 to 100.',
    max_seats_per_user: 'A number from 1 to 10,000.',
    max_tickets_per_reservation: 'A number from 1 to 100.',
    max_tickets_per_user: 'A number from 1 to 10,000.',
    hold_seconds: '10 to 86,400 seconds.',
    extend_seconds: '0 to 86,400 seconds.',
    pre_scaled: '',
  },
});

export const mistakes = texts<Record<EventMistake, string>>({
  ko: {
    required: '꼭 필요한 값이에요.',
    skipped: '이 시간대에는 없는 시각이에요 (서머타임 시작).',
    timezone: 'Asia/Seoul 같은 시간대 이름을 골라 주세요.',
    sale_ends_before_start: '판매 시작보다 늦어야 해요.',
    sale_ends_after_event: '공연 일시를 넘을 수 없어요.',
  },
  en: {
    required: 'This is needed.',
    skipped: 'This time does not exist in the time zone: clocks go forward then.',
    timezone: 'Choose the name of a time zone, such as Asia/Seoul.',
    sale_ends_before_start: 'It must be later than the start of the sale.',
    sale_ends_after_event: 'The sale cannot go on after the event.',
  },
});

const t = texts({
  ko: { yes: '예', no: '아니요' },
  en: { yes: 'Yes', no: 'No' },
});

/** A value of the form as people read it. */
export function valueText(name: EventField, value: string, draft: EventDraft): string {
  if (name === 'pre_scaled') return value === 'yes' ? t.value.yes : t.value.no;
  if (!/^\d{4}-\d\d-\d\dT/.test(value)) return value;
  return `${dateText(`${value}Z`, 'UTC')} (${draft.timezone})`;
}
