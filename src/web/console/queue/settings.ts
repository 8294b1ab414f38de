export type NumberSetting = 'threshold' | 'drainPerSecond' | 'lobbyMinutes' | 'waitingTtlSeconds';

/** What the service takes, as in the contract's QueueSettings. */
export const RANGES: Record<NumberSetting, { min: number; max: number; whole: boolean }> = {
  threshold: { min: 0, max: 10_000_000, whole: true },
  drainPerSecond: { min: 0.01, max: 1_000_000, whole: false },
  lobbyMinutes: { min: 1, max: 1_440, whole: true },
  waitingTtlSeconds: { min: 60, max: 7_200, whole: true },
};

/** @returns undefined for a text that is no value of the setting */
export function parseSetting(setting: NumberSetting, text: string): number | undefined {
  const { min, max, whole } = RANGES[setting];
  const value = Number(text.replaceAll(',', '').trim());
  if (text.trim() === '' || Number.isNaN(value) || value < min || value > max) return undefined;
  return whole && !Number.isInteger(value) ? undefined : value;
}
