/**
 * A time limit for an answer. It runs out only after the answers that came while this process was busy have been read. After a pause,
 * Node.js runs a plain timer first.
 *
 * @returns the timer, which `clearTimeout` stops
 */
export function answerTimer(ms: number, onLate: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(onLate), ms);
}
