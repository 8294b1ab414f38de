import type { OperationId } from '../../contract/answers.ts';
import { type Attempt, type Attempts, type Change, INVALID, tokens } from './attempts.ts';
import type { World } from './world.ts';

/** The attacker is an organizer, of no event. */
const asOrganizer = (change: (world: World) => Change) => (world: World) => ({
  headers: world.service.as(world.attacker, 'organizer'),
  ...change(world),
});

const query = (text: string): Attempt => [
  `?${text.slice(0, 40)}`,
  INVALID,
  asOrganizer(() => ({ url: `?${text}` })),
];

const asUser: Attempt = ['a user who is no organizer', '403 FORBIDDEN', () => ({})];

export const integrations: Attempts[] = [
  [
    'listAuditLog' satisfies OperationId,
    [
      ...tokens,
      asUser,
      ...[
        'event_id=seven',
        'actor_id=',
        'actor_id=a&actor_id=b',
        'action=%25',
        'action=%00',
        'action=a.b.c',
      ].map(query),
      ...['now', '2026-11-26', '2026-02-30T00:00:00Z', '2026-11-26T23:59:60Z', '0000-01-01T00:00:00Z'].map(
        (time) => query(`from=${time}`),
      ),
      ...['seven', '-1', '0', '1e3', '99999999999999999999'].map((cursor) => query(`cursor=${cursor}`)),
      ...['0', '101'].map((limit) => query(`limit=${limit}`)),
    ],
  ],
];
