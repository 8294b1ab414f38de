interface TimezoneSelectProps {
  id?: string;
  value: string;
  onChange(value: string): void;
}

/** Where most of the shows are comes first. */
const NEAR = ['Asia/Seoul', 'Asia/Tokyo', 'Asia/Shanghai', 'Asia/Singapore', 'UTC'];

let known: string[] | undefined;

/** Every zone that the browser knows, and the one that is chosen. */
export function TimezoneSelect({ value, onChange, ...rest }: TimezoneSelectProps) {
  known ??= [...new Set([...NEAR, ...Intl.supportedValuesOf('timeZone')])];
  const names = known.includes(value) ? known : [value, ...known];
  return (
    <select {...rest} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      {names.map((name) => (
        <option key={name} value={name}>
          {name.replaceAll('_', ' ')}
        </option>
      ))}
    </select>
  );
}
