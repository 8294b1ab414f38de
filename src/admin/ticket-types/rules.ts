import { invalid } from '../../errors/problem.ts';

interface Rules {
  sale_start_date: string | null;
  sale_end_date: string | null;
  min_quantity: number;
  max_quantity: number | null;
}

/** @throws Problem VALIDATION_FAILED for a date that the calendar doesn't have, or values that contradict each other */
export function requireSound({ sale_start_date, sale_end_date, min_quantity, max_quantity }: Rules): void {
  for (const [name, date] of Object.entries({ sale_start_date, sale_end_date }))
    if (date !== null && Number.isNaN(Date.parse(date)))
      throw invalid(`body/${name}`, 'must be a date of the calendar');
  if (
    sale_start_date !== null &&
    sale_end_date !== null &&
    Date.parse(sale_start_date) >= Date.parse(sale_end_date)
  )
    throw invalid('body/sale_end_date', 'must be after sale_start_date');
  if (max_quantity !== null && max_quantity < min_quantity)
    throw invalid('body/max_quantity', 'must be at least min_quantity');
}
