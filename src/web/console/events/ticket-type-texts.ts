import { count, dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { TicketField, TicketMistake } from './ticket-type-draft.ts';

export const ticketFields = texts<Record<TicketField, string>>({
  ko: {
    name: '이름',
    description: '설명',
    price: '가격 (원)',
    total_quantity: '총수량',
    min_quantity: '최소 수량',
    max_quantity: '최대 수량',
    quantity_step: '구매 단위',
    sale_start_date: '따로 정한 판매 시작',
    sale_end_date: '따로 정한 판매 종료',
    hidden: '숨기기',
  },
  en: {
    name: 'Name',
    description: 'Description',
    price: 'Price (won)',
    total_quantity: 'Quantity in all',
    min_quantity: 'At least',
    max_quantity: 'At most',
    quantity_step: 'In steps of',
    sale_start_date: 'Own start of the sale',
    sale_end_date: 'Own end of the sale',
    hidden: 'Hidden',
  },
});

export const ticketRules = texts<Record<TicketField, string>>({
  ko: {
    name: '200자까지 한 줄로 적어 주세요.',
    description: '10,000자까지 적을 수 있어요.',
    price: '0원부터 1억 원까지예요.',
    total_quantity: '0부터 1,000,000까지예요.',
    min_quantity: '1부터 100까지예요.',
    max_quantity: '최소 수량부터 100까지, 구매 단위로 살 수 있는 수여야 해요.',
    quantity_step: '1부터 100까지예요.',
    sale_start_date: '2000년부터 2099년 사이의 일시를 골라 주세요.',
    sale_end_date: '판매 시작보다 늦어야 해요.',
    hidden: '',
  },
  en: {
    name: 'One line of up to 200 characters.',
    description: 'Up to 10,000 characters.',
    price: '₩0 to ₩100,000,000.',
    total_quantity: '0 to 1,000,000.',
    min_quantity: '1 to 100.',
    max_quantity: 'From the least to 100, and a number that the steps reach.',
    quantity_step: '1 to 100.',
    sale_start_date: 'A time in the years 2000 to 2099.',
    sale_end_date: 'Later than the start of the sale.',
    hidden: '',
  },
});

export const ticketMistakes = texts<Record<TicketMistake, string>>({
  ko: {
    required: '꼭 필요한 값이에요.',
    price: '0원부터 1억 원까지예요.',
    total: '0부터 1,000,000까지예요.',
    claimed: '이미 팔렸거나 결제를 기다리는 수보다 적을 수 없어요.',
    quantity: '1부터 100까지예요.',
    max: '최소 수량보다 적을 수 없어요.',
    skipped: '이 시간대에는 없는 시각이에요 (서머타임 시작).',
    order: '판매 시작보다 늦어야 해요.',
  },
  en: {
    required: 'This is needed.',
    price: '₩0 to ₩100,000,000.',
    total: '0 to 1,000,000.',
    claimed: 'It cannot be less than what is sold or held already.',
    quantity: '1 to 100.',
    max: 'It cannot be less than the least.',
    skipped: 'This time does not exist in the time zone: clocks go forward then.',
    order: 'Later than the start of the sale.',
  },
});

const t = texts({ ko: { yes: '예', no: '아니요' }, en: { yes: 'Yes', no: 'No' } });

/** A value of the form as people read it. */
export function ticketValueText(name: TicketField, value: string): string {
  if (name === 'hidden') return value === 'yes' ? t.value.yes : t.value.no;
  if (name === 'price') return won(Number(value));
  if (name.endsWith('_quantity')) return count(Number(value));
  return name.endsWith('_date') ? dateText(`${value}Z`, 'UTC') : value;
}
