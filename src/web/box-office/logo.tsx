/** A ticket, in the colors of the page. ui/logo.svg is the same for the tab. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
      <path
        fill="currentColor"
        d="M3 9a2 2 0 0 1 2-2h22a2 2 0 0 1 2 2v4a3 3 0 0 0 0 6v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4a3 3 0 0 0 0-6z"
      />
      <path fill="none" stroke="var(--surface)" stroke-width="2" stroke-dasharray="2 2" d="M20 8v16" />
      <path fill="var(--surface)" d="M8 12h9v2.4h-3.2V21h-2.6v-6.6H8z" />
    </svg>
  );
}
