/** Simulates the days, prints their table, and draws their plots. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_ROOT } from '../../scripts/bundle.ts';
import { writeSection } from '../page.ts';
import { simulateCases } from './cases.ts';
import { scalePlots, scaleTable } from './report.ts';

export async function runScale({ docs }: { readonly docs: boolean }): Promise<void> {
  const cases = simulateCases();
  const text = scaleTable(cases);
  console.log(text);
  if (!docs) return;
  await writeSection('scale', text);
  for (const { file, svg } of scalePlots(cases)) {
    await writeFile(path.join(PROJECT_ROOT, 'docs', 'images', file), svg);
  }
}
