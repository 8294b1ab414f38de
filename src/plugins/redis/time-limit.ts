import { Command } from 'ioredis';
import { answerTimer } from '../../lib/answer-timer.ts';

/**
 * Gives up a command only after the answers that came during a pause of this process have been read. With ioredis' own timer, each pause of
 * a second would make Redis count as away, and waiting rooms would answer 503 with the answer at hand.
 */
Command.prototype.setTimeout = function (this: Command, ms: number): void {
  // ioredis clears it when the command is settled.
  const timed = this as unknown as { _commandTimeoutTimer?: NodeJS.Timeout };
  timed._commandTimeoutTimer ??= answerTimer(ms, () => {
    if (!this.isSettled) this.reject(new Error('Command timed out'));
  });
};
