/** The names of Checkout's `ui_mode` values before 2026-03-25. */
import { type JsonObject, text } from './json.ts';

const oldNames: Readonly<Record<string, string>> = {
  hosted_page: 'hosted',
  embedded_page: 'embedded',
  elements: 'custom',
};

export function renameForOldCheckout(session: JsonObject): JsonObject {
  const name = oldNames[text(session['ui_mode'])];
  return name === undefined ? session : { ...session, ui_mode: name };
}

export function newNameOf(oldName: string): string | undefined {
  return Object.entries(oldNames).find(([, old]) => old === oldName)?.[0];
}
