/** Runs every block that a reader may copy, on one local cloud in its own folder. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfirmSignUpCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { welcome } from '../../local/page/welcome.ts';
import { type Systems, systemsAt } from '../../local/tour/systems.ts';
import { loadPage, type Problem, pagePaths, readScripts, root } from './checks.ts';
import type { Page } from './page.ts';
import { runModule } from './script.ts';
import { installCommands, isLike, outputProblems, runShellBlocks, type Workplace } from './shell.ts';

const pages = pagePaths().map(loadPage);
const runsSomething = (page: Page) =>
  page.blocks.some(({ mark, language }) => mark.kind === 'run' && (language === 'sh' || language === 'ts'));

let directory: string;
/** Inside the project, so that modules find the packages. */
let modules: string;
let bin: string;
let cloud: LocalCloud;
let systems: Systems;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'predixa-docs-'));
  await mkdir(path.join(root, 'dist'), { recursive: true });
  modules = await mkdtemp(path.join(root, 'dist', 'docs-'));
  bin = await installCommands(directory, readScripts(), inject('operationsDirectory'));
  cloud = await createLocalCloud({
    directory: path.join(directory, '.local'),
    ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
  });
  systems = systemsAt(cloud.env);
}, 60_000);

afterAll(async () => {
  systems.close();
  await cloud.close();
  await Promise.all([directory, modules].map((one) => rm(one, { recursive: true, force: true })));
});

/** Every page has its own reader, who has signed up and signed in, with the variable `TOKEN` that the pages use. */
async function workplaceOf(): Promise<Workplace> {
  const { cognito, clientId: ClientId } = systems;
  const Username = `${randomUUID()}@example.com`;
  const Password = 'Correct-horse-1';
  const { UserSub: sub = '' } = await cognito.send(new SignUpCommand({ ClientId, Username, Password }));
  await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: '123456' }));
  const { idToken } = await systems.signIn(Username, Password);
  const env = {
    ...cloud.env,
    PATH: [bin, path.join(root, 'node_modules/.bin'), process.env['PATH']].join(':'),
    HOME: directory,
    TOKEN: idToken,
  };
  return { directory, env, prepare: (text) => withAddresses(text).replaceAll(SUB_PLACEHOLDER, sub) };
}

/** `npm run account -- SUB`, and not `$SUB` or `SUB=…`. */
const SUB_PLACEHOLDER = /(?<![\w$={])SUB(?![\w=])/g;

/** The pages name the default ports. */
function withAddresses(text: string): string {
  const { api, dynamodb, cognito, stripe, revenuecat } = cloud.urls;
  const replaced = { 3000: api, 8000: dynamodb, 9229: cognito, 12_111: stripe, 12_112: revenuecat };
  return Object.entries(replaced).reduce(
    (changed, [port, url]) => changed.replaceAll(`http://127.0.0.1:${port}`, url),
    text,
  );
}

async function problemsOf(page: Page): Promise<readonly Problem[]> {
  const workplace = await workplaceOf();
  await cloud.settled();
  const shell = await runShellBlocks(page, workplace);
  const module = await runModule(page, modules, workplace);
  // A page may show how to turn faults on.
  await fetch(`${cloud.urls.stripe}/_simulator/chaos`, { method: 'DELETE' });
  await fetch(`${cloud.urls.revenuecat}/_simulator/faults`, { method: 'DELETE' });
  const problems = [...shell.problems, ...module.problems];
  if (problems.length > 0) return problems;
  return outputProblems(page, new Map([...shell.outputs, ...module.outputs]), workplace.prepare);
}

describe('The blocks that a reader may copy', () => {
  it.each(pages.filter(runsSomething))(
    'run as $path says',
    async (page) => {
      expect(await problemsOf(page)).toEqual([]);
    },
    90_000,
  );

  it('can be parsed where they are not run', async () => {
    for (const page of pages) {
      const blocks = page.blocks.filter(({ language, mark }) => language === 'sh' && mark.kind === 'not_run');
      for (const { line, lines } of blocks) {
        expect(await syntaxErrorOf(lines.join('\n')), `${page.path}:${line}`).toBe('');
      }
    }
  });
});

it('The README shows what npm start prints', () => {
  const shown = pages
    .find((page) => page.path === 'README.md')
    ?.blocks.find(({ lines }) => lines.includes('Starting the local cloud …'));
  const text = shown?.lines.slice(shown.lines.indexOf('') + 1).join('\n') ?? 'nothing';
  const printed = welcome(cloud.status, 1);
  expect(isLike(printed, withAddresses(text)), `npm start prints:\n${printed}`).toBe(true);
});

function syntaxErrorOf(script: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('bash', ['-n'], (_, __, stderr) => resolve(stderr));
    child.stdin?.end(script);
  });
}
