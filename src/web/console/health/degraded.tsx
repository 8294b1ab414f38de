import type { InstanceStatus } from '../../../client/index.ts';
import { texts } from '../../shared/language.ts';
import { degradedPart } from './degraded-parts.ts';

const t = texts({
  ko: { title: '빠져 있는 기능', where: (ids: string) => `인스턴스 ${ids}` },
  en: { title: 'Missing parts', where: (ids) => `on ${ids}` },
});

/** Each part that some instance sells without, and what works on. */
export function Degraded({ instances }: { instances: InstanceStatus[] }) {
  const names = [...new Set(instances.flatMap(({ degraded }) => degraded))];
  if (names.length === 0) return null;
  return (
    <section class="card stack">
      <h2>{t.value.title}</h2>
      <dl class="stack">
        {names.map((name) => {
          const part = degradedPart(name);
          const where = instances.filter(({ degraded }) => degraded.includes(name));
          return (
            <div key={name}>
              <dt>
                <strong>{part.name}</strong>{' '}
                {instances.length > 1 && (
                  <span class="soft">{t.value.where(where.map(({ id }) => id).join(', '))}</span>
                )}
              </dt>
              <dd>{part.works}</dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
