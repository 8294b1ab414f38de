import type { ListedEvent } from '../events/catalogue/listed-event.ts';
import { updateOf } from '../events/updates.ts';
import type { EventChanges, LiveEvent } from '../live/types.ts';

/** A message to the subscribers of an event, encoded once for all of them. */
export interface Packet {
  type: 'version' | 'changes' | 'reset' | 'event-updated';
  /** The version that a subscriber has with it; the one that they have already, if it is `undefined`. */
  version: number | undefined;
  /** JSON, for a WebSocket. */
  json: Buffer;
  /** The same JSON as a Server-Sent Event. */
  event: Buffer;
}

export function versionPacket(event: LiveEvent): Packet {
  return packet('version', versionsOf(event));
}

export function changesPacket(changes: EventChanges): Packet {
  const { eventId, from, version, layout, seats, stock } = changes;
  // A subscriber of the version that this instance has only just caught up with.
  if (from === version) return packet('version', { eventId, version, layout });
  return packet('changes', { eventId, from, version, layout, seats, stock });
}

/** Tells subscribers to read layout and status again. */
export function resetPacket(event: LiveEvent): Packet {
  return packet('reset', versionsOf(event));
}

/** Tells subscribers of the event itself. It has no version, and no id, so that a client resumes after the last packet that had one. */
export function updatePacket(event: ListedEvent): Packet {
  return packet('event-updated', updateOf(event));
}

function versionsOf({ eventId, version, layout }: LiveEvent) {
  return { eventId, version, layout: layout.number };
}

function packet(type: Packet['type'], message: { version?: number; [field: string]: unknown }): Packet {
  const { version } = message;
  const id = version === undefined ? '' : `id: ${version}\n`;
  const head = `event: ${type}\n${id}data: `;
  const event = Buffer.from(`${head}${JSON.stringify({ type, ...message })}\n\n`);
  // The head is ASCII. The JSON is a view of the same bytes.
  return { type, version, json: event.subarray(head.length, -2), event };
}
