/** Replaces a file atomically: a concurrent reader gets the old content or the new one. */
import { rename, writeFile } from 'node:fs/promises';

export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const whole = `${file}.${process.pid}`;
  await writeFile(whole, content);
  await rename(whole, file);
}
