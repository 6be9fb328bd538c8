/** Writes what is generated into docs/performance.md, between its marks. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_ROOT } from '../scripts/bundle.ts';

export type Section = 'figures' | 'scale';

const page = path.join(PROJECT_ROOT, 'docs', 'performance.md');

export async function readSection(section: Section): Promise<string> {
  return (await partsOf(section)).content.trim();
}

export async function writeSection(section: Section, text: string): Promise<void> {
  const { before, after } = await partsOf(section);
  await writeFile(page, `${before}\n\n${text}\n\n${after}`);
}

async function partsOf(section: Section) {
  const [start, end] = [`<!-- ${section} -->`, `<!-- /${section} -->`];
  const text = await readFile(page, 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} lacks the marks ${start} and ${end}.`);
  const content = from + start.length;
  return { before: text.slice(0, content), content: text.slice(content, to), after: text.slice(to) };
}
