/** Converts Checkout's `ui_mode` values from and to their names before 2026-03-25. */
import { type JsonObject, text } from './json.ts';

const oldUiModes: Readonly<Record<string, string>> = {
  hosted_page: 'hosted',
  embedded_page: 'embedded',
  elements: 'custom',
};

export function withOldUiMode(session: JsonObject): JsonObject {
  const name = oldUiModes[text(session['ui_mode'])];
  return name === undefined ? session : { ...session, ui_mode: name };
}

export function currentUiMode(oldName: string): string | undefined {
  return Object.entries(oldUiModes).find(([, old]) => old === oldName)?.[0];
}
