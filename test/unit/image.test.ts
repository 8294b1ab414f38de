import { globSync, readFileSync } from 'node:fs';
import { isBuiltin, stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/*
 * The image has the production dependencies and the sources that .dockerignore lets in. Everything that its commands
 * import must be among them. Dynamic imports may be missing, since only development reaches them.
 */
const project = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(project, file), 'utf8');
const {
  dependencies,
  scripts,
}: Record<'dependencies' | 'scripts', Record<string, string>> = JSON.parse(read('package.json'));

const commands = ['src/server.ts', 'src/cli/migrate.ts', 'src/cli/seed.ts', 'src/cli/token.ts'];
const migrations = globSync('migrations/*.ts', { cwd: project });

/** The imports that remain when the types are stripped. */
function importsOf(file: string): string[] {
  if (file.endsWith('.json')) return [];
  const code = stripTypeScriptTypes(read(file));
  const statements = /^(?:import|export)\s(?:[\w\s{},*$]*\sfrom\s+)?['"]([^'"]+)['"]/gm;
  return [...code.matchAll(statements)].map(([, specifier]) => specifier as string);
}

function modulesBehind(entries: string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set(entries);
  const packages = new Set<string>();
  // A set that grows is walked to its new end.
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.')) files.add(relative(project, resolve(project, dirname(file), specifier)));
      else if (!isBuiltin(specifier)) packages.add(/^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] as string);
    }
  }
  return { files, packages };
}

/** What is removed after the pages have been built of it. */
const [, removed = ''] = /&& rm -r ([\w/ ]+)$/m.exec(read('Dockerfile')) ?? [];

/** As Docker reads it: the last line that matches a file or a folder above it decides. */
function isInImage(file: string): boolean {
  if (removed.split(' ').some((folder) => file.startsWith(`${folder}/`))) return false;
  let inside = true;
  for (const line of read('.dockerignore').split('\n')) {
    if (!line || line.startsWith('#')) continue;
    const pattern = line.replace('!', '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
    if (new RegExp(`^${pattern}(/.*)?$`).test(file)) inside = line.startsWith('!');
  }
  return inside;
}

const { files, packages } = modulesBehind([...commands, ...migrations]);

test('every source that production imports is in the image', () => {
  expect(files.size).toBeGreaterThan(40);
  expect([...files].filter((file) => !isInImage(file))).toEqual([]);
});

test('every file that the npm scripts of production name is in the image', () => {
  const named = commands.flatMap(
    (command) => Object.values(scripts).find((script) => script.endsWith(command)) ?? [],
  );
  expect(named).toHaveLength(commands.length);
  const paths = named
    .flatMap((script) => script.match(/[\w/-]+\.c?[jt]s/g) ?? [])
    .map((path) => path.replace(/^\//, ''));
  expect(paths).toContain('check-node.cjs');
  expect(paths.filter((path) => !isInImage(path))).toEqual([]);
  const [, stage] = read('Dockerfile').split('ENV NODE_ENV=production');
  for (const path of ['package.json', 'check-node.cjs', 'migrations'])
    expect(stage).toMatch(new RegExp(`^COPY (?!--from)(?:.* )?${path.replace('.', '\\.')} `, 'm'));
  for (const path of ['src', 'dist/web'])
    expect(stage).toMatch(new RegExp(`^COPY --from=pages /app/${path} ${path}$`, 'm'));
});

test('every package that production imports is a dependency', () => {
  expect(packages).toContain('fastify');
  expect([...packages].filter((name) => !dependencies[name])).toEqual([]);
});

test('files for development or for one machine stay out of the image', () => {
  const outside = [
    '.env',
    '.data/jwt-secret',
    'test/unit/image.test.ts',
    'src/client/index.ts',
    'src/web/vite.config.ts',
    'src/embedded/postgres/postgres.ts',
  ];
  expect(outside.filter(isInImage)).toEqual([]);
});
