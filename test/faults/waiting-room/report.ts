import { tally, type Violation } from '../harness/findings.ts';
import { certainlyInside, mostAtOnce } from './checks/check-inside.ts';
import { lossesOf, staysOf } from './checks/stays.ts';
import type { Contact, History, RoomFault } from './history.ts';

/** How many violations of each rule are shown with their evidence. */
const SHOWN = 5;

/** What the buyers saw, what the faults did, and the violations. */
export function toReport(history: History, violations: Violation[]): string {
  const { buyers, contacts, settings, faults, heard, presences, updates } = history;
  const stays = staysOf(history);
  const start = Math.min(...contacts.slice(0, 1_000).map(({ sentAt }) => sentAt));
  const seconds = (at: number) => ((at - start) / 1_000).toFixed(1);
  const firstInside = stays.flatMap(
    ({ sightings }) => sightings.find(({ state }) => state === 'inside') ?? [],
  );
  const lastOf = new Map<number, Contact>();
  for (const contact of contacts) if (contact.state) lastOf.set(contact.user, contact);
  const stillWaiting = [...lastOf].filter(
    ([user, { state }]) => state === 'waiting' && buyers[user]?.silentFrom === undefined,
  );
  const staysOfBuyer = Map.groupBy(stays, ({ user }) => user);
  const steady = [...staysOfBuyer.values()].filter(({ length }) => length === 1).length;
  const crowd = mostAtOnce(stays.flatMap((stay) => certainlyInside(history, stay)));
  const requests = contacts.filter(({ kind }) => kind !== 'socket');

  return [
    `${buyers.length} buyers, ${buyers.filter(({ claims }) => !claims).length} of them existing clients without tickets; ${new Set(presences.map(({ user }) => user)).size} with a socket`,
    `${contacts.length} contacts (${tally(contacts.map(({ kind, status, state }) => `${kind} ${state ?? status ?? 'no answer'}`))})`,
    `answers ${within(requests.map(({ sentAt, endedAt }) => endedAt - sentAt))}; sent late, for want of a connection, ${within(requests.map(({ dueAt, sentAt }) => sentAt - (dueAt ?? sentAt)))}`,
    `${steady} kept contact all the time`,
    `${new Set(firstInside.map(({ user }) => user)).size} came in, ${stillWaiting.length} waited at the end; at most ${crowd.count} of ${settings.threshold} were certainly inside at once`,
    `${heard.length} times queue-entry-allowed, ${updates.length} times queue-updated at some sockets`,
    ...faults.map(
      (fault) =>
        `${fault.name}: from ${seconds(fault.from)} s to ${seconds(fault.to)} s, ${waitingAt(history, fault)} in line`,
    ),
    ...lossesOf(history).flatMap((loss) => afterLoss(history, loss)),
    '',
    violations.length === 0
      ? 'No violations'
      : `${violations.length} VIOLATIONS: ${tally(violations.map(({ rule }) => rule))}`,
    ...[...Map.groupBy(violations, ({ rule }) => rule).values()].flatMap((some) =>
      some.slice(0, SHOWN).map(({ rule, detail }) => `  ${rule}: ${detail}`),
    ),
  ].join('\n');
}

/** How many people were in line at a fault, by the last answer before it. */
export function waitingAt({ contacts }: History, { from }: RoomFault): number {
  return contacts.findLast(({ state, endedAt }) => state === 'waiting' && endedAt < from)?.queueSize ?? 0;
}

/** What became of the people in the room at a loss, at their first contact after it. */
function afterLoss({ buyers, contacts }: History, { from, to, name }: RoomFault): string[] {
  const fates: string[] = [];
  for (const [user, own] of Map.groupBy(contacts, (contact) => contact.user)) {
    const before = own.findLast(({ state, endedAt }) => state !== undefined && endedAt < from);
    const after = own.find(({ state, sentAt }) => state !== undefined && sentAt > to);
    if (!before || !after || before.state === 'outside') continue;
    const same = before.sequence === after.sequence ? '' : ' elsewhere';
    fates.push(
      `${buyers[user]?.claims ? 'with' : 'without'} claims ${before.state}->${after.state}${after.state === 'waiting' && before.state === 'waiting' ? same : ''}`,
    );
  }
  return [`${name}, and the first contact after it: ${tally(fates)}`];
}

function within(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `within ${quantile(0.5)} ms (median), ${quantile(0.99)} ms (p99), ${quantile(1)} ms (worst)`;
}
