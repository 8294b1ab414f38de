import { signal } from '@preact/signals';
import { type Link, problemText, wayOn } from '../shared/problem-texts.ts';

const SHOWN_MS = 6_000;

const messages = signal<{ id: number; text: string; link: Link | undefined }[]>([]);
let last = 0;

/** Shows a sentence for some seconds, which screen readers also read out. */
export function say(text: string, link?: Link): void {
  const id = ++last;
  messages.value = [...messages.value.slice(-2), { id, text, link }];
  setTimeout(() => {
    messages.value = messages.value.filter((each) => each.id !== id);
  }, SHOWN_MS);
}

export function sayProblem(error: unknown): void {
  const way = wayOn(error);
  say(problemText(error), typeof way === 'object' && 'href' in way ? way : undefined);
}

export function Messages() {
  return (
    <div class="messages" role="status" aria-live="polite">
      {messages.value.map(({ id, text, link }) => (
        <p key={id}>
          {text} {link && <a href={link.href}>{link.label}</a>}
        </p>
      ))}
    </div>
  );
}
