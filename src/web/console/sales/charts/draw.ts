import uPlot from 'uplot';
import { serviceTime } from '../../../shared/clock.ts';
import { dateText } from '../../../shared/format.ts';
import type { ChartData, ChartSpec } from './chart-spec.ts';
import { colorOf } from './theme.ts';

const HEIGHT = 190;
const HOUR_S = 3_600;

export interface Drawing {
  show(data: ChartData): void;
  destroy(): void;
}

/** Draws a chart of the last hour into the element, as wide as the element is. */
export function draw(element: HTMLElement, spec: ChartSpec, data: ChartData): Drawing {
  const [ink, line, surface] = ['--ink-soft', '--line', '--surface'].map((name) =>
    colorOf(element, name),
  ) as [string, string, string];
  const axis: uPlot.Axis = {
    stroke: ink,
    font: '12px system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
  const time = (seconds: number) => dateText(seconds * 1_000, spec.timezone, 'time');
  const colors = spec.series.map(({ color }) => colorOf(element, color));
  const series = spec.series.map(({ label }, index): uPlot.Series => {
    const stroke = colors[index] as string;
    const value: uPlot.Series.Value = (_plot, each) => (each === null ? '–' : spec.format(each));
    const common = { label, stroke, value, points: { show: false } };
    if (spec.kind === 'line') return { ...common, width: 2 };
    const paths = uPlot.paths.bars?.({ size: [0.7, 24], align: 0 });
    return { ...common, fill: stroke, width: 0, ...(paths && { paths }) };
  });
  let end = data[0].at(-1) ?? serviceTime() / 1_000;
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      padding: [10, 8, 0, 0],
      scales: {
        x: { range: () => lastHour() },
        y: { range: (_plot, _min, max) => [0, niceTop(max)] },
      },
      axes: [
        { ...axis, values: (_plot, times) => times.map(time), space: 60, size: 26 },
        {
          ...axis,
          values: (_plot, values) => values.map((each) => (spec.axisFormat ?? spec.format)(each)),
          size: 58,
        },
      ],
      series: [
        { label: spec.timeLabel, value: (_plot, each) => (each === null ? '–' : time(each)) },
        ...series,
      ],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, stroke: surface } },
      legend: { live: true, markers: { width: 0, fill: (_plot, index) => colors[index - 1] ?? ink } },
    },
    data as uPlot.AlignedData,
    element,
  );
  const resized = new ResizeObserver(() => {
    if (element.clientWidth > 0 && element.clientWidth !== plot.width)
      plot.setSize({ width: element.clientWidth, height: HEIGHT });
  });
  resized.observe(element);
  showLatest();

  /** In the legend, unless someone points at another time. */
  function showLatest() {
    const count = plot.data[0].length;
    if (count > 0 && (plot.cursor.left ?? -1) < 0) plot.setLegend({ idx: count - 1 });
  }

  function lastHour(): [number, number] {
    return [end - HOUR_S, end];
  }
  return {
    show(fresh) {
      end = fresh[0].at(-1) ?? end;
      plot.setData(fresh as uPlot.AlignedData);
      showLatest();
    },
    destroy() {
      resized.disconnect();
      plot.destroy();
    },
  };
}

/** Room above the highest figure, and a scale also where every figure is 0. */
function niceTop(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.1;
}
