import { Field } from '../../ui/field.tsx';

interface ReasonFieldProps {
  label: string;
  hint: string;
  /** What is wrong with the value. */
  problem: string | undefined;
  value: string;
  onInput(value: string): void;
}

/** The reason why an organizer takes something from buyers. The audit log keeps it. */
export function ReasonField({ label, hint, problem, value, onInput }: ReasonFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      <textarea
        rows={2}
        maxLength={500}
        required
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </Field>
  );
}
