import type { Bed } from './bed.ts';
import type { Side } from './in-turns.ts';
import { type Asked, CONNECTIONS, costs, runLoad, WARM_SECONDS } from './load.ts';
import type { DirectLoad, DirectResult } from './processes/direct.ts';
import { median, type RowResult, ratio, type Target } from './result.ts';

export const CALIBRATORS = ['plain', 'bare', 'direct'] as const;
type Calibrator = (typeof CALIBRATORS)[number];

/** The least ratio to each calibrator that a row is compared with; `undefined` compares without a target. */
export type Against = Partial<Record<Calibrator, number | undefined>>;

/** What plain and bare answer: the same requests as the service gets, of events that need not exist. */
export type Calibration = Omit<Asked, 'port' | 'requests' | 'seconds' | 'parts'>;

/** An answer of the service, for plain and bare to give. */
export interface Sample {
  url: string;
  status: number;
  body: string;
}

export async function teach({ plain, bare }: Bed, { url, status, body }: Sample): Promise<void> {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  await plain.call('answer', { url, status, body: Buffer.from(body), headers });
  await bare.call('answer', { path: url, status, body });
}

/** @returns the side of each calibrator that is asked for and belongs to the work */
export function calibratorSides(
  bed: Bed,
  { calibration, work }: { calibration: Calibration; work?: DirectLoad['work'] | undefined },
  seconds: number,
  names: readonly string[],
): Side[] {
  const { connections: callers } = calibration;
  const sides: Record<Calibrator, Side | undefined> = {
    plain: () => measure(bed, 'plain', { ...calibration, seconds }),
    bare: () => measure(bed, 'bare', { ...calibration, seconds }),
    direct: work && (async () => figuresOf('direct', await runDirect(bed, { work, seconds, callers }))),
  };
  return CALIBRATORS.filter((name) => names.includes(name)).flatMap((name) => sides[name] ?? []);
}

/** V8 needs tens of thousands of requests to compile the code that they run through. */
const WARM_UP_SECONDS = 3;
export const warmUpSeconds = (seconds: number): number => Math.min(seconds, WARM_UP_SECONDS);

/** Enough that no two in flight are the same. Plain and bare get them again and again. */
export const CALIBRATION_REQUESTS = 10_000;

/** Prepares more requests than the service answers, in proportion to plain's rate. It reaches two thirds of that at most. */
const HEADROOM = 1.25;
const REACHED = 0.66;

/** Warms plain up. @returns the most requests that the service can answer in a run */
export async function warmPlain(bed: Bed, calibration: Calibration, seconds: number): Promise<number> {
  const asked = { ...calibration, seconds: warmUpSeconds(seconds), parts: {}, port: bed.plain.port };
  const { rate } = await runLoad(bed, { ...asked, requests: CALIBRATION_REQUESTS, repeat: true });
  return Math.ceil(rate * HEADROOM * REACHED * (seconds + WARM_SECONDS));
}

async function measure(
  bed: Bed,
  which: 'plain' | 'bare',
  asked: Calibration & { seconds: number },
): Promise<Record<string, number>> {
  const load = { ...asked, port: bed[which].port, parts: bed.parts };
  return figuresOf(which, await runLoad(bed, { ...load, requests: CALIBRATION_REQUESTS, repeat: true }));
}

/** Direct has no generator: its process is the client. */
async function runDirect(
  bed: Bed,
  { callers = CONNECTIONS, ...load }: Pick<DirectLoad, 'work' | 'seconds'> & { callers: number | undefined },
): Promise<DirectResult> {
  const { connection, parts } = bed;
  return await bed.direct.call('run', { connection, callers, warmSeconds: WARM_SECONDS, parts, ...load });
}

function figuresOf(which: Calibrator, result: DirectResult): Record<string, number> {
  const us = costs(result);
  return {
    [which]: result.rate,
    [`${which}P50`]: result.p50,
    [`${which}Us`]: us[`${which}Us`] ?? 0,
    [`${which}Elsewhere`]: Math.round(result.cpu.elsewhere ?? 0),
    ...(which === 'direct' && { directPostgresUs: us.postgresUs ?? 0 }),
  };
}

/** Plain by its CPU too, which tells the same on a machine that others use. */
export function ratiosTo(against: Against, names: readonly string[], rounds: RowResult['rounds']): Target[] {
  const compared = CALIBRATORS.filter((name) => name in against && names.includes(name));
  const ratios = compared.map((name) => ({
    ...ratio(rounds, ['service', name], against[name]),
    reference: median(rounds.map((round) => round[name] ?? 0)),
  }));
  const byCpu = ratio(rounds, ['plainUs', 'serviceUs'], undefined, { of: 'plain, by CPU of Node.js' });
  return compared.includes('plain') ? [...ratios, byCpu] : ratios;
}

/** The most that other processes used beside any side: per cent of one core, the median of the rounds. */
export function elsewhere(rounds: RowResult['rounds']): number {
  const sides = ['elsewhere', ...CALIBRATORS.map((name) => `${name}Elsewhere`)];
  return Math.round(Math.max(...sides.map((side) => median(rounds.map((round) => round[side] ?? 0)))));
}
