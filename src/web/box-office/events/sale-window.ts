import type { TicketType } from '../../shared/types.ts';

/** A type may be sold for a part of the sale only. */
export function windowOf(
  { sale_start_date, sale_end_date }: Pick<TicketType, 'sale_start_date' | 'sale_end_date'>,
  now: number,
): 'before' | 'open' | 'over' {
  if (sale_start_date !== null && now < Date.parse(sale_start_date)) return 'before';
  return sale_end_date !== null && now >= Date.parse(sale_end_date) ? 'over' : 'open';
}
