import type { ComponentChildren } from 'preact';
import type { Tone } from '../../ui/badge.tsx';
import { type Sample, sparkline } from './trend.ts';

interface FigureProps<Figures> {
  label: string;
  value: ComponentChildren;
  /** What the figure is made of, or compares with. */
  note?: ComponentChildren;
  tone?: Tone | undefined;
  /** The last ten minutes, drawn small. */
  trend?: readonly Sample<Figures>[];
  pick?: (sample: Sample<Figures>) => number | null;
}

/** One number with its name and its trend, in a `<dl class="figures">`. */
export function Figure<Figures>({ label, value, note, tone, trend = [], pick }: FigureProps<Figures>) {
  const path = pick ? sparkline(trend, pick, trend.at(-1)?.at ?? 0) : '';
  return (
    <div class="figure" data-tone={tone}>
      <dt>{label}</dt>
      <dd>
        <span class="value">{value}</span>
        {note !== undefined && <span class="note">{note}</span>}
        {path && (
          <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
            <path d={path} />
          </svg>
        )}
      </dd>
    </div>
  );
}
