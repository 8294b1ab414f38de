import type { Counts, RoomSettings } from '../types.ts';

/** The waiting room of an event, for the people who run the sale. */
export interface Overview {
  queueSize: number;
  currentUsers: number;
  threshold: number;
  /** How many more users may come in. */
  available: number;
  servedSeq: number;
  paused: boolean;
  drainPerSecond: number | null;
  lobbyMinutes: number | null;
  waitingTtlSeconds: number;
  lobbySize: number;
  /** Users in line or in the lobby who have been silent for QUEUE_TTL_SECONDS. The line may really be shorter by that many. */
  silentSize: number;
  stats: {
    /** The period of these numbers. */
    seconds: number;
    /** Users who joined the line. */
    arrivals: number;
    /** Users let in from the line. */
    admissions: number;
    /** Users who left the line, or fell silent in it. */
    abandonments: number;
    /** Seconds. */
    waitP50: number | null;
    waitP95: number | null;
    /** |told - waited| / waited */
    estimateErrorP50: number | null;
    estimateErrorP90: number | null;
  };
}

const MINUTE_MS = 60_000;

export function toOverview(
  { room, lobbySize, silentSize, tally }: Counts,
  { threshold, paused, drainPerSecond, lobbyOpensAt, startsAt, waitingTtlSeconds }: RoomSettings,
): Overview {
  const { queueSize, inside, servedSeq } = room;
  const { arrivals, admissions, abandonments, waits, errors } = tally;
  return {
    queueSize,
    currentUsers: inside,
    threshold,
    available: Math.max(0, threshold - inside),
    servedSeq,
    paused,
    drainPerSecond: drainPerSecond ?? null,
    lobbyMinutes:
      lobbyOpensAt === undefined || startsAt === undefined ? null : (startsAt - lobbyOpensAt) / MINUTE_MS,
    waitingTtlSeconds,
    lobbySize,
    silentSize,
    stats: {
      seconds: 3_600,
      arrivals,
      admissions,
      abandonments,
      waitP50: quantile(waits, 0.5),
      waitP95: quantile(waits, 0.95),
      estimateErrorP50: ratio(quantile(errors, 0.5)),
      estimateErrorP90: ratio(quantile(errors, 0.9)),
    },
  };
}

/** @param counted how often each value occurs */
function quantile(counted: Map<number, number>, part: number): number | null {
  const values = [...counted].sort(([a], [b]) => a - b);
  const total = values.reduce((sum, [, times]) => sum + times, 0);
  let below = 0;
  for (const [value, times] of values) {
    below += times;
    if (below >= part * total) return Math.round(value * 10) / 10;
  }
  return null;
}

const ratio = (hundredths: number | null) => (hundredths === null ? null : hundredths / 100);
