import type { ComponentChildren, JSX } from 'preact';

interface Look {
  look?: 'primary' | 'danger' | 'plain';
  size?: 'small';
  children: ComponentChildren;
}

type ButtonProps = Look &
  Omit<JSX.IntrinsicElements['button'], 'size' | 'children'> & {
    /** While it is true, the button says so to screen readers and takes no second press. */
    busy?: boolean;
  };

export function Button({ look, size, busy = false, disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      class="button"
      data-look={look}
      data-size={size}
      disabled={disabled || busy}
      aria-busy={busy}
      {...rest}
    >
      {busy && <span class="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

export function LinkButton({ look, size, children, href }: Look & { href: string }) {
  return (
    <a class="button" data-look={look} data-size={size} href={href}>
      {children}
    </a>
  );
}
