// Keeps the emulator's data in JSON files. A change is on the disk before the operation that makes it is answered. Changes
// that are made while a file is written share the next write. The emulator's own store writes in place: a kill in the
// middle of a write, or two writes at once, lost every user.
const { mkdir, open, readFile, rename } = require('node:fs/promises');
const path = require('node:path');
const { DataStore } = require('./data-store.cjs');
const { reportFailure } = require('../child/port-to-parent.cjs');

// The emulator counts on dates, not on the texts that JSON makes of them.
function reviveDate(name, value) {
  // oxlint-disable-next-line no-restricted-globals -- A stored date, not the time.
  return name.endsWith('Date') && typeof value === 'string' ? new Date(value) : value;
}

class StoreFile {
  #file;
  #data;
  #writing;
  #next;

  constructor(file, data) {
    this.#file = file;
    this.#data = data;
  }

  // A write that has begun may not include the change, so the caller waits for the next one.
  save() {
    this.#next ??= (this.#writing ?? Promise.resolve()).then(() => {
      this.#next = undefined;
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
      return this.#writing;
    });
    return this.#next;
  }

  async #write() {
    const temporary = `${this.#file}.tmp`;
    try {
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify(this.#data, undefined, 2));
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#file);
    } catch (error) {
      reportFailure(path.resolve(this.#file), error);
      throw error;
    }
  }
}

class FileStoreFactory {
  constructor(directory) {
    this.directory = directory;
  }

  async create(_ctx, id, defaults) {
    await mkdir(this.directory, { recursive: true });
    const file = path.join(this.directory, `${id}.json`);
    const text = await readFile(file, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    const data = text === undefined ? {} : JSON.parse(text, reviveDate);
    const root = Object.keys(data).length === 0 ? defaults : data;
    const stored = new StoreFile(file, root);
    await stored.save();
    return new DataStore(root, () => stored.save());
  }
}

module.exports = { FileStoreFactory, reviveDate };
