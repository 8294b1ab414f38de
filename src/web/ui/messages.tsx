import { signal } from '@preact/signals';
import { problemText } from '../shared/problem-texts.ts';

const SHOWN_MS = 6_000;

const messages = signal<{ id: number; text: string }[]>([]);
let last = 0;

/** Shows a sentence for some seconds, which screen readers also read out. */
export function say(text: string): void {
  const id = ++last;
  messages.value = [...messages.value.slice(-2), { id, text }];
  setTimeout(() => {
    messages.value = messages.value.filter((each) => each.id !== id);
  }, SHOWN_MS);
}

export function sayProblem(error: unknown): void {
  say(problemText(error));
}

export function Messages() {
  return (
    <div class="messages" role="status" aria-live="polite">
      {messages.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
