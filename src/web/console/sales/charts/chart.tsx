import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { dateText } from '../../../shared/format.ts';
import { language, texts } from '../../../shared/language.ts';
import { Button } from '../../../ui/button.tsx';
import type { ChartData, ChartSpec } from './chart-spec.ts';
import type { Drawing } from './draw.ts';
import { themeChanges } from './theme.ts';

const t = texts({
  ko: {
    table: '표로 보기',
    chart: '차트로 보기',
    summary: (title: string, latest: string) => `${title} 차트, 최근 1시간. 지금 ${latest}`,
    none: '아직 기록이 없어요.',
    unknown: '없음',
  },
  en: {
    table: 'As a table',
    chart: 'As a chart',
    summary: (title, latest) => `Chart of ${title}, last hour. Now ${latest}`,
    none: 'There are no figures yet.',
    unknown: 'none',
  },
});

interface ChartProps extends ChartSpec {
  title: string;
  note?: string;
  data: ChartData;
  /** The same by minute, the newest first, for the table. */
  rows: { at: number; values: (number | null)[] }[];
}

/** A chart of the last hour, and the same figures as a table for people who don't see it. */
export function Chart({ title, note, data, rows, ...spec }: ChartProps) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const latest = rows[0]?.values ?? [];
  const texts = spec.series.map(
    ({ label }, index) => `${label} ${text(latest[index] ?? null, spec.format) ?? t.value.unknown}`,
  );
  return (
    <section class="card chart" aria-labelledby={id}>
      <div class="row">
        <h3 id={id}>{title}</h3>
        {note && <span class="soft">{note}</span>}
        <Button look="plain" size="small" aria-describedby={id} onClick={() => setAsTable(!asTable)}>
          {asTable ? t.value.chart : t.value.table}
        </Button>
      </div>
      {asTable ? (
        <ChartTable title={title} rows={rows} {...spec} />
      ) : (
        <div role="img" aria-label={t.value.summary(title, texts.join(', '))}>
          <Canvas spec={spec} data={data} />
        </div>
      )}
    </section>
  );
}

function Canvas({ spec, data }: { spec: ChartSpec; data: ChartData }) {
  const element = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const shown = useRef(data);
  shown.current = data;
  const changes = themeChanges.value;
  // Drawn anew for another look or language; the figures follow below.
  useEffect(() => {
    let isGone = false;
    void import('./draw.ts').then(({ draw }) => {
      if (!isGone && element.current) drawing.current = draw(element.current, spec, shown.current);
    });
    return () => {
      isGone = true;
      drawing.current?.destroy();
      drawing.current = undefined;
    };
  }, [changes, language.value]);
  useEffect(() => drawing.current?.show(data), [data]);
  return <div ref={element} class="canvas" />;
}

function ChartTable({ title, rows, ...spec }: Pick<ChartProps, 'title' | 'rows'> & ChartSpec) {
  if (rows.length === 0) return <p class="soft">{t.value.none}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
    <section class="table-box chart-table" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{spec.timeLabel}</th>
            {spec.series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, values }) => (
            <tr key={at}>
              <th scope="row">{dateText(at, spec.timezone, 'time')}</th>
              {values.map((value, index) => (
                <td key={spec.series[index]?.label}>{text(value, spec.format) ?? '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function text(value: number | null, format: (value: number) => string): string | undefined {
  return value === null ? undefined : format(value);
}
