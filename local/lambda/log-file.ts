/** The log of one function: appended line by line, and continued in a new file when it has become long. One older part is kept. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const MAX_BYTES = 5 * 1024 * 1024;

export interface LogFile {
  write(line: string): void;
  close(): void;
}

export function openLogFile(path: string, maxBytes = MAX_BYTES): LogFile {
  let file: number | undefined = openSync(path, 'a');
  let bytes = fstatSync(file).size;

  function begin(): void {
    close();
    renameSync(path, `${path}.1`);
    file = openSync(path, 'a');
    bytes = 0;
  }

  function close(): void {
    if (file !== undefined) closeSync(file);
    file = undefined;
  }

  return {
    write(line) {
      const text = Buffer.from(`${line}\n`);
      try {
        if (bytes > 0 && bytes + text.byteLength > maxBytes) begin();
        if (file === undefined) return;
        writeSync(file, text);
        bytes += text.byteLength;
      } catch {
        // A log that cannot be written ends no cloud: what it runs says so itself when its data cannot be.
      }
    },
    close,
  };
}
