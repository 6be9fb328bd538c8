// A module to load first: the disk becomes full when the file exists that its query names. Half of a line is still written.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const mark = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const write = fs.writeSync;
fs.writeSync = (file, bytes, ...rest) => {
  if (!fs.existsSync(mark)) return write(file, bytes, ...rest);
  write(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};
syncBuiltinESMExports();
