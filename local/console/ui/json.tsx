/** JSON as it is stored, with the names of its fields set apart. Fields that changed a moment ago are marked. */
import type { ComponentChildren } from 'preact';
import { CopyButton } from './parts.tsx';

export interface JsonProps {
  readonly value: unknown;
  /** Names of top-level fields that changed. */
  readonly changed?: ReadonlySet<string>;
  readonly label: string;
}

export function Json({ value, changed = new Set(), label }: JsonProps) {
  return (
    <div class="code-block json">
      <pre tabIndex={0} aria-label={label}>
        {linesOf(value, changed)}
      </pre>
      <CopyButton text={JSON.stringify(value, null, 2)} label="Copy the JSON" />
    </div>
  );
}

function linesOf(value: unknown, changed: ReadonlySet<string>): ComponentChildren {
  const text = JSON.stringify(value, null, 2) ?? 'undefined';
  let field = '';
  return text.split('\n').map((line, index) => {
    const top = /^ {2}"(?<name>[^"]+)":/.exec(line)?.groups?.['name'];
    if (top !== undefined) field = top;
    return (
      <span key={index} class={changed.has(field) && line.startsWith('  ') ? 'line changed' : 'line'}>
        {partsOf(line)}
        {'\n'}
      </span>
    );
  });
}

function partsOf(line: string): ComponentChildren {
  const {
    indent = '',
    name,
    rest = '',
  } = /^(?<indent>\s*)(?:(?<name>"(?:[^"\\]|\\.)*"): )?(?<rest>.*)$/.exec(line)?.groups ?? {};
  const kind = rest.startsWith('"') ? 'text' : /^[\d-]/.test(rest) ? 'number' : 'other';
  return (
    <>
      {indent}
      {name === undefined ? null : (
        <>
          <span class="name">{name}</span>
          {': '}
        </>
      )}
      <span class={kind}>{rest}</span>
    </>
  );
}
