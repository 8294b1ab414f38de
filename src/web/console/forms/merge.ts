/** The fields of a form as its inputs hold them. A checkbox that is on holds `yes`. */
export type Draft = Record<string, string>;

/** A field that another has changed since the form was read. */
export interface ForeignChange<Name extends string> {
  name: Name;
  theirs: string;
  mine: string;
  /** Whether this form changes it too, to another value. */
  contested: boolean;
}

/** What another has changed between `base` and `theirs`. */
export function foreignChanges<Form extends Draft>(
  base: Form,
  mine: Form,
  theirs: Form,
): ForeignChange<keyof Form & string>[] {
  return changedFields(base, theirs).map((name) => ({
    name,
    theirs: theirs[name] as string,
    mine: mine[name] as string,
    contested: mine[name] !== base[name] && mine[name] !== theirs[name],
  }));
}

/** The form as it goes on: all that another has changed, and over it what is changed here. A contested field of `taken` is theirs. */
export function merge<Form extends Draft>(
  base: Form,
  mine: Form,
  theirs: Form,
  taken: ReadonlySet<string>,
): Form {
  const own = changedFields(base, mine).filter((name) => !taken.has(name));
  return { ...theirs, ...Object.fromEntries(own.map((name) => [name, mine[name]])) };
}

export function changedFields<Form extends Draft>(before: Form, after: Form): (keyof Form & string)[] {
  return Object.keys(after).filter((name) => before[name] !== after[name]);
}
