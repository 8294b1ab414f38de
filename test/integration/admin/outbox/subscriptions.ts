import { randomUUID } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { openapi } from '../../../../src/contract/openapi.ts';
import type { Db } from '../../../../src/database/database.ts';

/** Makes a subscription by SQL, by default for the feed and for all events. */
export async function subscribe(
  db: Db,
  types: string[],
  more: { organizer_id?: string; url?: string; secret?: string } = {},
): Promise<string> {
  const id = randomUUID();
  const row = { id, created_by: randomUUID(), organizer_id: null, url: null, secret: null, event_id: null };
  await db
    .insertInto('webhooks')
    .values({ ...row, types, ...more })
    .execute();
  return id;
}

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ $id: 'contract', components: openapi.components });

const SCHEMAS = { reservation: 'ReservationMessage', event: 'EventMessage', seat_block: 'SeatBlockMessage' };

/** Compares a message with the webhook of its type in the contract. */
export function expectMessage({
  type,
  timestamp,
  data,
}: {
  type: string;
  timestamp: string;
  data: object;
}): void {
  const name = SCHEMAS[type.split('.')[0] as keyof typeof SCHEMAS];
  const valid = ajv.validate(`contract#/components/schemas/${name}`, { type, timestamp, data });
  expect(valid ? [] : ajv.errors, JSON.stringify(data)).toEqual([]);
}
