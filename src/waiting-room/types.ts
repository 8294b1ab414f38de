/** The place in line that a user has or would get; waits in whole seconds. */
export interface PlaceInLine {
  queued: boolean;
  position: number;
  queueSize: number;
  estimatedWait: number;
  estimatedWaitRange: { min: number; max: number };
}
