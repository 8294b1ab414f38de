import type { EventChanges, LiveEvent } from '../live/types.ts';

/** A message to the subscribers of an event, encoded once for all of them. */
export interface Packet {
  type: 'version' | 'changes' | 'reset';
  /** The version that a subscriber has with it. */
  version: number;
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

function versionsOf({ eventId, version, layout }: LiveEvent) {
  return { eventId, version, layout: layout.number };
}

function packet<Message extends { version: number }>(type: Packet['type'], message: Message): Packet {
  const { version } = message;
  const head = `event: ${type}\nid: ${version}\ndata: `;
  const event = Buffer.from(`${head}${JSON.stringify({ type, ...message })}\n\n`);
  // The head is ASCII. The JSON is a view of the same bytes.
  return { type, version, json: event.subarray(head.length, -2), event };
}
