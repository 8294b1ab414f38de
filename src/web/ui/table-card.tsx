import type { ComponentChildren } from 'preact';

/** A table under its title, which scrolls sideways where the window is narrow. */
export function TableCard({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card stack">
      <h2>{title}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
      <section class="table-box" aria-label={title} tabIndex={0}>
        <table>{children}</table>
      </section>
    </section>
  );
}
