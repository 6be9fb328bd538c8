// Keeps the emulator's data in memory, and calls `save` after each change. A name such as `constructor` is found only if
// it was stored: the emulator's own store finds what every object inherits.
class DataStore {
  #data;
  #save;

  constructor(data, save) {
    this.#data = data;
    this.#save = save;
  }

  async getRoot() {
    return this.#data;
  }

  async get(_ctx, key, otherwise) {
    let value = this.#data;
    for (const name of pathOf(key)) value = ownValue(value, name);
    return value ?? otherwise ?? null;
  }

  async set(_ctx, key, value) {
    const [last, ...rest] = pathOf(key).reverse();
    let parent = this.#data;
    for (const name of rest.reverse()) {
      if (ownValue(parent, name) === undefined) define(parent, name, {});
      parent = ownValue(parent, name);
    }
    define(parent, last, value);
    await this.#save();
  }

  async delete(_ctx, key) {
    const [last, ...rest] = pathOf(key).reverse();
    let parent = this.#data;
    for (const name of rest.reverse()) parent = ownValue(parent, name);
    if (ownValue(parent, last) !== undefined) delete parent[last];
    await this.#save();
  }
}

function ownValue(parent, name) {
  return parent && Object.hasOwn(parent, name) ? parent[name] : undefined;
}

// An assignment to `__proto__` would change the object's prototype.
function define(parent, name, value) {
  Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
}

function pathOf(key) {
  return Array.isArray(key) ? [...key] : [key];
}

module.exports = { DataStore };
