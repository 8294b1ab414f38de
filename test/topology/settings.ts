import * as room from '../faults/waiting-room/settings.ts';

/** How instances are set, so that a scenario of a minute sees holds end and lines form again. */
export const INSTANCE_SETTINGS = {
  HOLD_SECONDS: '8',
  QUEUE_THRESHOLD: '1000000',
  QUEUE_TTL_SECONDS: String(room.TTL_SECONDS),
  QUEUE_TICK_MS: String(room.TICK_MS),
  QUEUE_REFORM_SECONDS: String(room.REFORM_SECONDS),
};
