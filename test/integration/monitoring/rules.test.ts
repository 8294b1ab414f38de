import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardDocuments } from '../../../scripts/dashboards/documents.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { linkWorkers } from '../../support/workers.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const ALERTS = 'deploy/prometheus/alerts.yaml';
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

const hasPromtool = (process.env.PATH ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'promtool')));

interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
}
const alerts = (parse(read(ALERTS)) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);

let service: Service;
let exported: Map<string, Set<string>>;
beforeAll(async () => {
  // One of several workers, whose metrics are those of a single process and more.
  service = await startService({ workers: linkWorkers(1) });
  await ask(service.app, { url: '/health' });
  exported = await readExported();
});
afterAll(() => service?.stop());

/** What a query names: metrics, and the labels by which it selects and groups them. */
function namesIn(query: string): { metrics: string[]; labels: string[] } {
  const all = (pattern: RegExp) => [...query.matchAll(pattern)].map(([, found = '']) => found);
  return {
    metrics: all(/\b(tiketi_\w+)/g),
    labels: [
      ...all(/(\w+)(?:=~|!~|!=|=)"/g),
      ...all(/\b(?:by|on) \(([\w, ]*)\)/g).flatMap((list) => list.match(/\w+/g) ?? []),
    ],
  };
}

/** Every metric that the service exports, with its labels. A histogram has three names. */
async function readExported(): Promise<Map<string, Set<string>>> {
  const text = await service.app.metrics.text();
  const declared = service.app.metrics.registry.getMetricsAsArray() as unknown as {
    name: string;
    labelNames?: string[];
  }[];
  const found = new Map<string, Set<string>>();
  for (const [, metric = '', type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    // A metric has no samples before the first thing that it counts.
    const sampled = [...text.matchAll(new RegExp(`^${metric}(?:_bucket)?\\{(.*)\\}`, 'gm'))].flatMap(
      ([, labels = '']) => [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
    );
    const labels = new Set([...sampled, ...(declared.find(({ name }) => name === metric)?.labelNames ?? [])]);
    // Prometheus adds these two.
    for (const label of ['instance', 'job']) labels.add(label);
    for (const end of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      found.set(metric + end, labels);
  }
  for (const [name, labels] of found) if (name.endsWith('_bucket')) labels.add('le');
  return found;
}

function expectExported(query: string): void {
  const { metrics, labels } = namesIn(query);
  expect(
    metrics.filter((name) => !exported.has(name)),
    query,
  ).toEqual([]);
  const known = new Set([...metrics.flatMap((name) => [...(exported.get(name) ?? [])]), 'job', 'instance']);
  expect(
    labels.filter((label) => !known.has(label)),
    query,
  ).toEqual([]);
}

describe('alerts', () => {
  test('name only metrics that the service exports', () => {
    for (const { expr } of alerts) expectExported(expr);
  });

  test('have a section of the runbook each, and the runbook has no other', () => {
    const sections = [
      ...read('docs/runbook.md').matchAll(/^### (\w+)\n\n\*\*Means\*\*.*?\*\*Look at\*\*.*?\*\*Do\*\*/gms),
    ];
    expect(sections.map(([, name]) => name)).toEqual(alerts.map(({ alert }) => alert));
  });

  test('name routes of the contract', () => {
    const routes = new Set(Object.keys((parse(read('openapi/openapi.yaml')) as { paths: object }).paths));
    const named = alerts.flatMap(({ expr }) =>
      [...expr.matchAll(/route=~"([^"]*)"/g)].map(([, route]) => route),
    );
    expect(named.length).toBeGreaterThan(0);
    for (const pattern of named) {
      const expression = new RegExp(`^${pattern}$`);
      expect([...routes].filter((route) => expression.test(route))).toHaveLength(3);
    }
  });

  test.runIf(hasPromtool)('are valid, and fire when they should', () => {
    const promtool = (...args: string[]) =>
      execFileSync('promtool', args, { cwd: PROJECT, encoding: 'utf8' });
    expect(promtool('check', 'rules', ALERTS)).toContain(`${alerts.length} rules found`);
    expect(promtool('test', 'rules', 'deploy/prometheus/alerts.test.yaml')).toContain('SUCCESS');
  });
});

test('dashboards show only metrics that the service exports, and all of its own', () => {
  const queries = [...dashboardDocuments().values()].flatMap((text) =>
    (JSON.parse(text) as { panels: { targets: { expr: string }[] }[] }).panels.flatMap(({ targets }) =>
      targets.map(({ expr }) => expr),
    ),
  );
  for (const query of queries) expectExported(query);
  const shown = new Set(
    queries
      .flatMap((query) => namesIn(query).metrics)
      .map((name) => name.replace(/_(bucket|sum|count)$/, '')),
  );
  const own = service.app.metrics.registry
    .getMetricsAsArray()
    .map((metric) => (metric as unknown as { name: string }).name);
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});
