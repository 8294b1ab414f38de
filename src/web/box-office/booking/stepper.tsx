import { texts } from '../../shared/language.ts';

const t = texts({
  ko: {
    less: (name: string) => `${name} 줄이기`,
    more: (name: string) => `${name} 늘리기`,
    quantity: (name: string) => `${name} 수량`,
  },
  en: {
    less: (name) => `Fewer ${name}`,
    more: (name) => `More ${name}`,
    quantity: (name) => `Number of ${name}`,
  },
});

interface StepperProps {
  name: string;
  quantity: number;
  /** Without it there is no step in that direction. */
  onLess: (() => void) | undefined;
  onMore: (() => void) | undefined;
}

/** A quantity between two buttons. They stay focusable at the ends, so that a keyboard doesn't lose its place. */
export function Stepper({ name, quantity, onLess, onMore }: StepperProps) {
  return (
    <fieldset class="stepper" aria-label={t.value.quantity(name)}>
      <button type="button" aria-label={t.value.less(name)} aria-disabled={!onLess} onClick={onLess}>
        −
      </button>
      <output class="number" aria-live="polite">
        {quantity}
      </output>
      <button type="button" aria-label={t.value.more(name)} aria-disabled={!onMore} onClick={onMore}>
        +
      </button>
    </fieldset>
  );
}
