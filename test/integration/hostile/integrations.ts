import { randomUUID } from 'node:crypto';
import {
  type Attempt,
  type Attempts,
  bodies,
  type Change,
  INVALID,
  quickBodies,
  tokens,
} from './attempts.ts';
import type { World } from './world.ts';

/** The attacker is an organizer, of no event. */
const asOrganizer = (change: (world: World) => Change) => (world: World) => {
  const { headers, ...rest } = change(world);
  return { ...rest, headers: { ...world.service.as(world.attacker, 'organizer'), ...headers } };
};

const query = (text: string): Attempt => [
  `?${text.slice(0, 40)}`,
  INVALID,
  asOrganizer(() => ({ url: `?${text}` })),
];

const asUser: Attempt = ['a user who is no organizer', '403 FORBIDDEN', () => ({})];

/** An honest request for a webhook with one change. */
const hook = (change: (world: World) => object) =>
  asOrganizer((world) => ({
    payload: { url: 'https://partner.example/', types: ['event.changed'], ...change(world) },
  }));

/** An edit of the attacker's own subscription. */
const ownWebhook =
  (payload?: object) =>
  ({ service, attacker, webhooks }: World): Change => ({
    url: `/api/v1/admin/webhooks/${webhooks.attackers}`,
    headers: { ...service.as(attacker, 'organizer'), 'if-match': '*' },
    ...(payload && { payload }),
  });
const redelivery = (webhook: string, delivery: string) =>
  `/api/v1/admin/webhooks/${webhook}/deliveries/${delivery}/redeliver`;

export const integrations: Attempts[] = [
  [
    'listAuditLog',
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
  [
    'readOutbox',
    [
      ...tokens,
      asUser,
      ...['-1', '1e3', '1.5', 'x', '99999999999999999999'].map((after) => query(`after=${after}`)),
      ...['0', '1001', 'x'].map((limit) => query(`limit=${limit}`)),
      ...['held', 'event.', 'event.changed,', 'event.unknown', 'event.changed%00', "event.changed'--"].map(
        (types) => query(`types=${types}`),
      ),
      [
        'a position that was never given',
        '410 CHANGES_GONE',
        asOrganizer(() => ({ url: '?after=900000000000' })),
      ],
    ],
  ],
  [
    'createWebhook',
    [
      ...bodies.map(([what, answer, change]): Attempt => [what, answer, asOrganizer(change)]),
      ...tokens,
      asUser,
      ...[
        'http://partner.example/',
        'ftp://partner.example/',
        'javascript:alert(1)',
        'https://',
        'https://user:pass@partner.example/',
        'https://partner.example:22/',
        'https://partner.example:99999/',
        'https://partner.example/\n',
        'https://partner.example/\0',
        'https://공연.example/',
        'https://127.0.0.1/',
        'https://127.1/',
        'https://0x7f.0.0.1/',
        'https://2130706433/',
        'https://017700000001/',
        'https://0.0.0.0/',
        'https://10.1.2.3/',
        'https://100.64.0.1/',
        'https://169.254.169.254/latest/meta-data/',
        'https://172.31.255.255/',
        'https://192.168.0.1/',
        'https://224.0.0.1/',
        'https://255.255.255.255/',
        'https://[::]/',
        'https://[::1]/',
        'https://[::ffff:127.0.0.1]/',
        'https://[::ffff:a9fe:a9fe]/',
        'https://[64:ff9b::7f00:1]/',
        'https://[fe80::1]/',
        'https://[fd00:ec2::254]/',
        'https://[2002:7f00:1::]/',
        `https://partner.example/${'x'.repeat(2_000)}`,
      ].map((url): Attempt => [`${url.slice(0, 50)} as url`, INVALID, hook(() => ({ url }))]),
      ['no types', INVALID, hook(() => ({ types: [] }))],
      ['an unknown type', INVALID, hook(() => ({ types: ['event.unknown'] }))],
      ['a type twice', INVALID, hook(() => ({ types: ['event.changed', 'event.changed'] }))],
      ['a secret of its own', INVALID, hook(() => ({ secret: 'whsec_AAAA' }))],
      ['another organizer', INVALID, hook(({ victim }) => ({ organizer_id: victim }))],
      [
        'an event of another organizer',
        '403 FORBIDDEN',
        hook(({ events }) => ({ event_id: events.home.eventId })),
      ],
      ['an unknown event', '404 EVENT_NOT_FOUND', hook(() => ({ event_id: randomUUID() }))],
    ],
  ],
  [
    'listWebhooks',
    [
      ...tokens,
      asUser,
      ...['limit=0', 'limit=101', 'limit=1e1', 'cursor=!!!', 'cursor=%00', 'cursor=a&cursor=b'].map(query),
    ],
  ],
  [
    'updateWebhook',
    [
      ...tokens,
      asUser,
      ...quickBodies(ownWebhook()),
      [
        'a webhook of another organizer',
        '404 WEBHOOK_NOT_FOUND',
        (world) => ({
          ...ownWebhook({ enabled: false })(world),
          url: `/api/v1/admin/webhooks/${world.webhooks.victims}`,
        }),
      ],
      ...[
        {},
        { types: [] },
        { types: 'event.changed' },
        { types: ['event.unknown'] },
        { enabled: 'yes' },
        { url: null },
        { url: 'https://127.0.0.1/' },
        { url: 'https://[::ffff:169.254.169.254]/' },
        { url: 'file:///etc/passwd' },
        { url: 'https://partner.example/\0' },
        { secret: 'whsec_AAAA' },
        { created_by: randomUUID() },
        { organizer_id: null },
      ].map((payload): Attempt => [JSON.stringify(payload).slice(0, 60), INVALID, ownWebhook(payload)]),
    ],
  ],
  [
    'redeliverWebhook',
    [
      asUser,
      ...['7', `${randomUUID()}%00`, "'%20OR%201=1"].map(
        (id): Attempt => [
          `${id} as delivery`,
          INVALID,
          (world) => ({ ...ownWebhook()(world), url: redelivery(world.webhooks.attackers, id) }),
        ],
      ),
      [
        'an unknown delivery',
        '404 DELIVERY_NOT_FOUND',
        (world) => ({ ...ownWebhook()(world), url: redelivery(world.webhooks.attackers, randomUUID()) }),
      ],
      [
        'a delivery of another organizer',
        '404 WEBHOOK_NOT_FOUND',
        (world) => ({ ...ownWebhook()(world), url: redelivery(world.webhooks.victims, randomUUID()) }),
      ],
    ],
  ],
  ...(
    ['getWebhook', 'deleteWebhook', 'rotateWebhookSecret', 'testWebhook', 'listWebhookDeliveries'] as const
  ).map(
    (operationId): Attempts => [
      operationId,
      [asUser, ['a webhook that is not theirs', '404 WEBHOOK_NOT_FOUND', asOrganizer(() => ({}))]],
    ],
  ),
];
