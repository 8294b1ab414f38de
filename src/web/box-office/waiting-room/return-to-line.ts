import { signal } from '@preact/signals';

/** Counts how often a step learned that the buyer is no longer inside. */
export const placesLost = signal(0);

/**
 * Takes the buyer back into the line. The steps inside call it when the service refuses with `QUEUE_REQUIRED`: the place inside has
 * ended. The waiting room asks for a new place and tells the buyer why, so the step itself says nothing.
 */
export function returnToLine(): void {
  placesLost.value += 1;
}
