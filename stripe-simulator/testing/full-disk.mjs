// A module to load first: the disk becomes full when the file named DISK_FULL appears. Half of a line is still written.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const write = fs.writeSync;
fs.writeSync = (file, bytes, ...rest) => {
  if (!fs.existsSync(process.env.DISK_FULL)) return write(file, bytes, ...rest);
  write(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};
syncBuiltinESMExports();
