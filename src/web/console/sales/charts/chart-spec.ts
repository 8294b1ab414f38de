/** Times in seconds since 1970, then the figures of each series. */
export type ChartData = [times: number[], ...values: (number | null)[][]];

export interface ChartSpec {
  timezone: string;
  timeLabel: string;
  kind: 'line' | 'bars';
  /** `color` is a custom property. */
  series: { label: string; color: string }[];
  format(value: number): string;
  /** Beside the chart, where there is little room. By default as `format`. */
  axisFormat?(value: number): string;
}
