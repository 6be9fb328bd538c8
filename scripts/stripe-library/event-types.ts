/**
 * The types of events that the official library knows: those of snapshot events, which an endpoint can ask for, and those of
 * thin events, with whether each names an `object` with an id, a `singleton` without one, or `nothing`.
 */
import { libraryText } from './library-routes.ts';

export function writtenEventTypes(): string {
  return `${JSON.stringify({ snapshot: snapshotTypes(), thin: thinTypes() }, null, 1)}\n`;
}

function snapshotTypes(): string[] {
  const [, union = ''] = /type EnabledEvent = ([^;]+);/.exec(libraryText('WebhookEndpoints.d.ts')) ?? [];
  const types = [...union.matchAll(/'([^']+)'/g)].map(([, type = '']) => type);
  return types.filter((type) => type !== '*').sort();
}

function thinTypes(): Record<string, 'object' | 'singleton' | 'nothing'> {
  const declarations = libraryText('V2/Core/Events.d.ts').matchAll(
    /^export interface \w+Event extends EventBase \{\n\s+type: '([^']+)';([^]*?)\n\}/gm,
  );
  const types = [...declarations].map(([, type = '', fields = '']) => [type, relationIn(fields)] as const);
  return Object.fromEntries(types.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function relationIn(fields: string): 'object' | 'singleton' | 'nothing' {
  if (/^ {4}related_object: .*RelatedSingletonObject;/m.test(fields)) return 'singleton';
  return /^ {4}related_object: /m.test(fields) ? 'object' : 'nothing';
}
