/** Checks that code and docs use the project's terms: `docs/glossary.md` lists them, this file enforces the list. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Rule {
  readonly pattern: RegExp;
  readonly advice: string;
}

const rules: readonly Rule[] = [
  { pattern: /\b(tells?|told|telling)\b/i, advice: 'report, show, say, log or know' },
  { pattern: /\bmend(s|ed|ing)?\b/i, advice: 'fix' },
  { pattern: /\b(anew|afresh)\b/i, advice: 'again, or from the start' },
  { pattern: /\bnobody\b/i, advice: 'no user, no one' },
  { pattern: /\bwhom(ever)?\b|\bwhoever\b/i, advice: 'the user that …, anyone who …, or name the noun' },
  { pattern: /\bwish(es|ed)?\b/i, advice: 'request' },
  { pattern: /\bheal(s|ed|ing)?\b/i, advice: 'repair, sync, or the action itself' },
  { pattern: /\bstand(s|ing)?\b(?! (for|in|by|alone)\b|-(in|alone))/i, advice: 'exists, is active, remains' },
  { pattern: /\blookalikes?\b/i, advice: 'email match' },
  { pattern: /\bspares?\b/i, advice: 'duplicate' },
  { pattern: /\bmoney (went |goes |gone |that went )?back\b/i, advice: 'refund or reversal' },
  { pattern: /\b(give|gives|given|giving|gave) out\b/i, advice: 'offer' },
  { pattern: /\b(take|takes|taken|taking|took) (in|back)\b/i, advice: 'add or import; roll back' },
  { pattern: /\b(besieges?|besieged|sieges?|rages)\b/i, advice: 'fault matrix; is active' },
  { pattern: /\bpains?\b/i, advice: 'failure mode' },
  { pattern: /\bmeanwhile\b/i, advice: 'in the meantime, at the same time, or since' },
  { pattern: /\bbeside\b/i, advice: 'next to, or in addition to' },
  { pattern: /\b(give|gives|given|giving|gave) back\b/i, advice: 'return, or restore' },
  { pattern: /\bfor good\b/i, advice: 'permanently' },
  { pattern: /\bin vain\b/i, advice: 'without effect, or what fails' },
  { pattern: /(?<!mis)\btaken for\b/i, advice: 'mistaken for, or treated as' },
  { pattern: /\bspoil(t|s|ed|ing)?\b/i, advice: 'corrupt' },
  { pattern: /\b(borne|dearest)\b/i, advice: 'tolerated; with the highest price' },
  { pattern: /\bof such\b(?! an? )|\bsuch\./i, advice: 'name the noun' },
  { pattern: /\be-mails?\b/i, advice: 'email' },
  {
    pattern: /\b(behaviour|colour|favour|licence|modelled|labelled(?!by)|cancelled|cancelling)/i,
    advice: 'American spelling',
  },
  {
    pattern:
      /(^|[.:;]\s+|\*\s+|\/\/\s+)Who (is|has|had|was|does|did|pays|paid|may|cannot|left|asks|gets)\b(?![^.]*\?)/,
    advice: 'a noun before "who": "users who …"',
  },
  {
    pattern:
      /\b(for|to|by|from|with|than) who (is|has|had|was|does|did|pays|paid|may|cannot|left|asks|gets)\b/i,
    advice: 'a noun before "who": "users who …"',
  },
];

/** The page that lists the words, this list, and a generated file. */
const exempt: readonly string[] = ['docs/glossary.md', 'scripts/lint/words.ts', 'package-lock.json'];

/** A line with this mark may keep a word, such as the name of a former attribute that is still read. */
const ALLOWED = 'lint-words: allow';

/** Names of other libraries, such as RevenueCat's SDK, that the recipes for apps use. */
const NAMES_OF_OTHERS = /\buserCancelled\b/g;

interface Violation {
  readonly place: string;
  readonly words: string;
  readonly advice: string;
}

const CHECKED_FILE = /\.(ts|tsx|cjs|mjs|md|html|css|json|svg)$/;

function violationsIn(file: string): readonly Violation[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line.includes(ALLOWED)) return [];
      const words = asWords(line.replaceAll(NAMES_OF_OTHERS, ''));
      return rules.flatMap(({ pattern, advice }) => {
        const found = pattern.exec(words);
        return found === null ? [] : [{ place: `${file}:${index + 1}`, words: found[0].trim(), advice }];
      });
    });
}

/** `recordTrial` and `sync_count` are read as the words they are made of. */
function asWords(line: string): string {
  return line.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
}

const tracked = execFileSync('git', ['ls-files', '--', ...process.argv.slice(2)], { encoding: 'utf8' });
const files = tracked.split('\n').filter((file) => CHECKED_FILE.test(file) && !exempt.includes(file));
const violations = files.flatMap(violationsIn);
for (const { place, words, advice } of violations) console.log(`${place}  "${words}": write ${advice}`);
if (violations.length > 0) {
  console.log(`\n${violations.length} words to replace; see docs/glossary.md.`);
  process.exitCode = 1;
}
