import { cloneElement, type VNode } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  hint?: string | undefined;
  /** What is wrong with the value. */
  problem?: string | undefined;
  /** One input, select or textarea. */
  children: VNode<{ id?: string; 'aria-describedby'?: string | undefined; 'aria-invalid'?: boolean }>;
}

/** An input with its label, a hint, and what is wrong with its value, all tied together for screen readers. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  const about = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ') || undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {cloneElement(children, { id, 'aria-describedby': about, 'aria-invalid': problem !== undefined })}
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {problem && (
        <span class="wrong" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}
