import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../../src/config/config.ts';
import { variables } from '../../../src/config/environment.ts';
import { provideDeployTools, provideHelm } from '../../support/deploy-tools.ts';
import { project, read } from '../../support/documents.ts';
import { type Service, startService } from '../../support/service.ts';

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: checked against the published schema of its kind.
  spec: any;
}
interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}

const tools = provideDeployTools();
const helm = tools && provideHelm(tools);
const CHART = join(project, 'deploy/helm');
const sets = readdirSync(join(CHART, 'values'));
/** Of packages that are named after the API group, where it has one. */
const PACKAGES: Record<string, string> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'postgresql.cnpg.io': '@kubernetes-models/cloudnative-pg',
};

function moduleOf({ apiVersion, kind }: Manifest): string {
  const group = apiVersion.split('/')[0] as string;
  return `${PACKAGES[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

function render(...args: string[]): Manifest[] {
  const text = execFileSync(helm as string, ['template', 'shop', CHART, ...args], { encoding: 'utf8' });
  return parseAllDocuments(text)
    .map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

const kindsOf = (manifests: Manifest[]) => new Set(manifests.map(({ kind }) => kind));
const environmentOf = (manifest: Manifest) => manifest.spec.template.spec.containers[0].env as Variable[];

describe.skipIf(helm === undefined)('the Helm chart', () => {
  const rendered = new Map<string, Manifest[]>();
  const find = (set: string, kind: string) =>
    rendered.get(set)?.find((manifest) => manifest.kind === kind) as Manifest;

  beforeAll(() => {
    rendered.set('the defaults', render());
    for (const set of sets) rendered.set(set, render('-f', join(CHART, 'values', set)));
    const operators = sets.filter((set) => set !== 'plain.yaml');
    rendered.set('all operators', render(...operators.flatMap((set) => ['-f', join(CHART, 'values', set)])));
    rendered.set('examples', [parse(read('deploy/helm/examples/cloudnative-pg.yaml')) as Manifest]);
  });

  test('is taken by helm lint', () => {
    expect(execFileSync(helm as string, ['lint', '--strict', CHART], { encoding: 'utf8' })).toContain(
      '0 chart(s) failed',
    );
  });

  test('makes what the published schemas of Kubernetes and of the operators ask for', async () => {
    for (const manifest of [...rendered.values()].flat()) {
      const path = join(tools?.directory as string, 'node_modules', `${moduleOf(manifest)}.js`);
      const models = await import(pathToFileURL(path).href);
      expect(() => new models[manifest.kind](manifest).validate(), moduleOf(manifest)).not.toThrow();
      expect(() => new models[manifest.kind]({ ...manifest, spec: 'none' }).validate()).toThrow();
    }
  });

  test('names no field that they do not know', () => {
    const check = (manifests: Manifest[]) => {
      const lines = manifests.map((manifest, index) => {
        const type = `import('${moduleOf(manifest)}').I${manifest.kind}`;
        return `export const _${index}: ${type} = ${JSON.stringify(manifest)};`;
      });
      const file = join(tools?.directory as string, 'manifests.ts');
      writeFileSync(file, lines.join('\n'));
      const compiler = join(project, 'node_modules/typescript/bin/tsc');
      const settings = { noEmit: true, strict: true, skipLibCheck: true, types: [], target: 'es2022' };
      const configuration = { compilerOptions: { ...settings, module: 'nodenext' }, files: ['manifests.ts'] };
      const configurationFile = join(tools?.directory as string, 'tsconfig.json');
      writeFileSync(configurationFile, JSON.stringify(configuration));
      try {
        execFileSync(process.execPath, [compiler, '-p', configurationFile], { encoding: 'utf8' });
        return '';
      } catch (error) {
        return String((error as { stdout: string }).stdout);
      }
    };
    const all = [...rendered.values()].flat();
    const [wrong] = structuredClone(all);
    if (wrong) wrong.spec.replica = 2;
    expect(
      check([...all, wrong as Manifest])
        .trim()
        .split('\n'),
    ).toEqual([expect.stringMatching(/'replica' does not exist|"replica"/)]);
  });

  test('sets only variables that the service knows, with which it starts in production', () => {
    for (const [set, manifests] of rendered) {
      for (const manifest of manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job')) {
        const env = environmentOf(manifest);
        const names = env.map(({ name }) => name);
        expect(
          names.filter((name) => !(name in variables)),
          set,
        ).toEqual([]);
        expect(new Set(names).size).toBe(names.length);
        const secret = (name: string) =>
          name.endsWith('_URL')
            ? 'postgresql://user:password@db:5432/tiketi'
            : randomBytes(32).toString('hex');
        const values = env.map(({ name, value }) => [name, value ?? secret(name)]);
        expect(
          () => loadConfig({ NODE_ENV: 'production', ...Object.fromEntries(values) }),
          set,
        ).not.toThrow();
      }
    }
  });

  test('has no secret in it, only where each of them is', () => {
    const secret = (name: string) => /PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL|REDIS_URL/.test(name);
    for (const manifests of rendered.values()) {
      expect(kindsOf(manifests)).not.toContain('Secret');
      for (const { name, value } of manifests
        .filter(({ kind }) => kind === 'Deployment')
        .flatMap(environmentOf))
        if (secret(name)) expect(value).toBeUndefined();
    }
  });

  test('migrates once, before the instances, or else at their start', () => {
    const migrates = (set: string) =>
      environmentOf(find(set, 'Deployment')).find(({ name }) => name === 'MIGRATE_ON_START')?.value;
    expect(find('the defaults', 'Job').spec.template.spec.containers[0].command).toEqual([
      'node',
      'src/cli/migrate.ts',
    ]);
    expect(migrates('the defaults')).toBe('false');
    expect(find('plain.yaml', 'Job')).toBeUndefined();
    expect(migrates('plain.yaml')).toBeUndefined();
  });

  test('finds databases by what the operators call them', () => {
    const names = (set: string) => environmentOf(find(set, 'Deployment')).map(({ name }) => name);
    expect(names('cloudnative-pg.yaml')).toContain('DATABASE_URL');
    expect(names('cloudnative-pg.yaml')).not.toContain('DB_HOST');
    expect(names('redis-operator.yaml')).toContain('REDIS_SENTINELS');
    expect(names('redis-operator.yaml')).not.toContain('REDIS_HOST');
  });

  describe('by the figures of the instances', () => {
    let service: Service;
    beforeAll(async () => {
      service = await startService();
    });
    afterAll(() => service.stop());

    test('scales by metrics that the service exports, and the adapter knows', async () => {
      const metrics = find('monitored.yaml', 'HorizontalPodAutoscaler').spec.metrics as {
        pods?: { metric: { name: string } };
      }[];
      const names = metrics.flatMap(({ pods }) => pods?.metric.name ?? []);
      expect(names).toHaveLength(2);
      const exported = await service.app.metrics.text();
      const adapter = read('deploy/helm/examples/prometheus-adapter.yaml');
      for (const name of names) {
        expect(exported).toContain(`# TYPE ${name} gauge`);
        expect(adapter).toContain(`name: { as: ${name} }`);
      }
      expect(find('monitored.yaml', 'ServiceMonitor')).toBeDefined();
    });
  });
});
