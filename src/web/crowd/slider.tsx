import { useId, useState } from 'preact/hooks';

interface SliderProps {
  label: string;
  /** The values that it can take. */
  steps: readonly number[];
  value: number;
  text(value: number): string;
  /** When the hand lets go of it. */
  onChange(value: number): void;
}

/** A slider over values at uneven distances, with the value in words beside its label. */
export function Slider({ label, steps, value, text, onChange }: SliderProps) {
  const id = useId();
  const [moving, setMoving] = useState<number>();
  const shown = moving ?? value;
  const at = (target: EventTarget & HTMLInputElement) => steps[Number(target.value)] ?? value;
  // The nearest step: another page may have set a value between two.
  const index = steps.reduce(
    (best, step, i) => (Math.abs(step - shown) < Math.abs((steps[best] ?? 0) - shown) ? i : best),
    0,
  );
  return (
    <div class="field">
      <label class="slider-label" for={id}>
        {label} <output class="number">{text(shown)}</output>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={steps.length - 1}
        step={1}
        value={index}
        aria-valuetext={text(shown)}
        onInput={({ currentTarget }) => setMoving(at(currentTarget))}
        onChange={({ currentTarget }) => {
          setMoving(undefined);
          onChange(at(currentTarget));
        }}
      />
    </div>
  );
}
