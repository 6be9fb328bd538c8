/** A button that asks for a file. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { Button } from '../../ui/parts.tsx';

export interface FileButtonProps {
  readonly accept: string;
  readonly busy: boolean;
  readonly label: string;
  readonly onFile: (file: File) => void;
  readonly children: ComponentChildren;
}

export function FileButton({ accept, busy, label, onFile, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        aria-label={label}
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file !== undefined) onFile(file);
          // The same file can be chosen again.
          currentTarget.value = '';
        }}
      />
      <Button icon="upload" busy={busy} onClick={() => input.current?.click()}>
        {children}
      </Button>
    </>
  );
}
