import { count } from '../../shared/format.ts';

/** "0", "<0.1", "0.4", "12", "1,204". A dash for a rate that isn't known yet. */
export function rateText(perSecond: number | null): string {
  if (perSecond === null) return '–';
  if (perSecond > 0 && perSecond < 0.1) return '<0.1';
  return perSecond >= 10 ? count(Math.round(perSecond)) : String(Math.round(perSecond * 10) / 10);
}

/** "8.1 ms", "1.2 s" */
export function msText(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms >= 10 ? Math.round(ms) : Math.round(ms * 10) / 10} ms`;
}
