/** Creates a zip of one file. The same content gives the same bytes, so an unchanged function is not deployed again. */
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** The earliest date that a zip file can hold. The real time would change the bytes with every build. */
const FIXED_TIME = new Date(Date.UTC(1980, 0, 1, 12));

export async function zipOf(name: string, content: Uint8Array): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(content), name, { mtime: FIXED_TIME, mode: 0o100644, forceDosTimestamp: true });
  zip.end();
  return buffer(zip.outputStream);
}
