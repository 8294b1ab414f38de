import type { Answer } from '../shared/types.ts';

/** The event as organizers see it. `reload` after each change. */
export interface PartProps {
  event: Answer<'getOrganizerEvent'>['event'];
  reload(): void;
}
