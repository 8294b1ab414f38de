/**
 * A time limit for an answer, which runs out only after the answers that came while this process was busy have been read. A plain timer
 * is looked at first after a pause.
 *
 * @returns the timer, which `clearTimeout` stops
 */
export function answerTimer(ms: number, onLate: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(onLate), ms);
}
