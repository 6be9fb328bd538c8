/** Tests the AWS CLI commands, which are generated from the CDK's template for both shells. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Language, Parser } from 'web-tree-sitter';
import { bash, bashWord } from '../../infra/aws-cli/bash.ts';
import { type Command, kebab, toCliCommand } from '../../infra/aws-cli/cli-command.ts';
import { pageNameOf, pageOf } from '../../infra/aws-cli/page.ts';
import { powershell } from '../../infra/aws-cli/powershell.ts';
import { removalOf } from '../../infra/aws-cli/removal.ts';
import { type Commands, scriptOf } from '../../infra/aws-cli/script.ts';
import { sectionsOf } from '../../infra/aws-cli/sections.ts';
import { type Call, VARIABLE_PATTERN, variable } from '../../infra/aws-cli/step.ts';
import { type StageConfig, stages } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { functionNameOf } from '../../infra/names.ts';
import { permissionsOf } from '../../infra/permissions.ts';
import { routesOf } from '../../infra/stack/routes.ts';
import { configs, withStores } from './configs.ts';
import { synthesize } from './synth.ts';

function commandsFor(config: StageConfig, stage: string): Commands {
  return { stage, config, sections: sectionsOf({ stage, config, template: synthesize(config, stage) }) };
}

const callsIn = ({ sections }: Commands): readonly Call[] => sections.flatMap(({ calls }) => calls);
const withSender: StageConfig = {
  ...stages.dev,
  pool: {
    kind: 'create',
    plan: 'LITE',
    sender: { fromEmail: 'codes@example.com', verifiedDomain: 'example.com' },
  },
  watch: { ...stages.dev.watch, alarmEmail: 'on-call@example.com', tracing: true },
};
const overHttp = {
  ...Object.fromEntries(Object.entries(configs).filter(([, { api }]) => api.kind === 'http')),
  'dev with its own email sender, an alarm address and tracing': withSender,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'predixa-aws-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('The pages in docs/', () => {
  it.each([bash, powershell])('are up to date for $name', (shell) => {
    const page = readFileSync(new URL(`../../docs/${pageNameOf(shell)}`, import.meta.url), 'utf8');
    expect(page).toBe(pageOf(commandsFor(stages.dev, 'dev'), shell));
  });
});

describe.each(Object.entries(overHttp))('The AWS CLI commands for %s', (_, config) => {
  const commands = commandsFor(config, 'test');
  const calls = callsIn(commands);

  it('use no id before the call that returns it', () => {
    const known = new Set(['ACCOUNT']);
    for (const call of calls) {
      const used = [...JSON.stringify(call).matchAll(VARIABLE_PATTERN)].map(({ groups }) => groups?.['name']);
      expect([...known]).toEqual(expect.arrayContaining([...new Set(used)]));
      if (call.into !== undefined) known.add(call.into.name);
    }
  });

  it('create each function with the permissions of infra/permissions.ts', () => {
    for (const name of functionsOf(config)) {
      const policy = calls.find(
        ({ operation, input }) =>
          operation === 'put-role-policy' && input['RoleName'] === functionNameOf('test', name),
      );
      const { Statement } = (policy?.documents?.['PolicyDocument']?.content ?? {}) as {
        readonly Statement?: readonly { readonly Action: string | readonly string[] }[];
      };
      const granted = (Statement ?? [])
        .flatMap(({ Action }) => Action)
        .filter((action) => !/^(?:logs|xray):/.test(action))
        // Failed runs go to a queue of their own.
        .filter((action) => name !== 'reconcile' || action !== 'sqs:SendMessage');
      const expected = permissionsOf(name, config).flatMap(({ actions }) => actions);
      expect([...new Set(granted)].sort()).toEqual([...new Set(expected)].sort());
      const made = calls.find(
        ({ operation, input }) =>
          operation === 'create-function' && input['FunctionName'] === functionNameOf('test', name),
      );
      expect(made?.blobs).toEqual({ ZipFile: `dist/functions/${name}.zip` });
    }
  });

  it('authorize every route except webhooks', () => {
    const made = calls.filter(({ operation }) => operation === 'create-route');
    const guarded = made.map(({ input }) => [input['RouteKey'], input['AuthorizationType'] === 'JWT']);
    const expected = routesOf(config).map((route) => [
      `${route.method} ${route.path}`,
      route.authorizer === 'cognito',
    ]);
    expect(guarded).toHaveLength(expected.length);
    expect(guarded).toEqual(expect.arrayContaining(expected));
  });

  it('contain no key in either shell', () => {
    for (const shell of [bash, powershell]) {
      expect(scriptOf(commands, shell)).not.toMatch(/sk_(?:test|live)_|whsec_/);
    }
  });

  it('have commands that remove everything they create except data', () => {
    const removed = removalOf('test', calls).map(({ operation }) => operation);
    const count = (operation: string) => removed.filter((one) => one === operation).length;
    expect(count('delete-function')).toBe(functionsOf(config).length);
    expect(count('delete-role')).toBe(calls.filter(({ operation }) => operation === 'create-role').length);
    expect(removed.join(' ')).not.toMatch(/table|user-pool|secret/);
  });
});

it('The page of a stage whose apps sell in stores has the key, the header and the route of RevenueCat', () => {
  const page = pageOf(commandsFor(withStores(stages.dev), 'dev'), bash);
  expect(page).toMatch(/--name \S*predixa\/dev\/revenuecat-api-key/);
  expect(page).toContain('--payer revenuecat --url "https://${API_ID}.execute-api');
  expect(page).toContain('POST /revenuecat/webhook');
});

it('The AWS CLI commands for a REST API are rejected with an error', () => {
  const rest = { ...stages.dev, api: { ...stages.dev.api, kind: 'rest' as const } };
  expect(() => commandsFor(rest, 'test')).toThrow('The AWS CLI commands cannot create a REST API');
});

it('An existing pool gets its trigger from a command that keeps its other settings', () => {
  const [config] = Object.values(configs).filter(
    ({ pool, api }) => pool.kind === 'existing' && api.kind === 'http',
  );
  const commands = commandsFor(config as StageConfig, 'test');
  const script = scriptOf(commands, bash);
  expect(script).toContain('\nnpm run pool:trigger -- --stage test --account "${ACCOUNT}"\n');
  expect(script).not.toMatch(/(?:create|update)-user-pool |custom-resource|trigger-of-/i);
  expect(script).not.toContain('dynamodb create-table');
});

it.each([
  ['OKActions', 'ok-actions'],
  ['AllowedOAuthFlowsUserPoolClient', 'allowed-o-auth-flows-user-pool-client'],
  ['logGroupName', 'log-group-name'],
  ['ApiId', 'api-id'],
])('The parameter %s becomes the option --%s', (name, option) => {
  expect(kebab(name)).toBe(option);
});

describe('The bash script', () => {
  const run = (script: string, env: Readonly<Record<string, string>> = {}): string =>
    execFileSync('bash', ['-c', script], { encoding: 'utf8', env: { ...process.env, ...env } });

  it('reads every quoted word unchanged', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', "'", '"', '$', '`', '\\', ' ', '*', '?', '-', '{', '\n', '!', '~'),
    });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        const known = words.map((text, index) =>
          index % 3 === 0 ? `${text}${variable('ID')}${text}` : text,
        );
        const expected = known.map((text) => text.replaceAll(variable('ID'), 'x$y'));
        const output = run(`printf '%s\\0' ${known.map(bashWord).join(' ')}`, { ID: 'x$y' });
        expect(output.split('\0').slice(0, -1)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('passes the intended words of every command to the AWS CLI', () => {
    const commands = commandsFor(stages.dev, 'dev');
    const log = path.join(folder, 'log');
    const stub = path.join(folder, 'aws');
    // Logs one line per call, with its words separated by a character that none of them contains.
    writeFileSync(stub, `#!/bin/sh\n{ printf '%s\\037' "$@"; echo; } >> '${log}'\necho "answer-$#"\n`);
    chmodSync(stub, 0o755);
    mkdirSync(path.join(folder, 'work'), { recursive: true });
    execFileSync('bash', ['-s'], {
      input: scriptOf(commands, bash),
      cwd: path.join(folder, 'work'),
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });
    const actual = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    const answers = new Map<string, string>([['ACCOUNT', 'answer-6']]);
    const filled = (text: string): string =>
      text.replace(VARIABLE_PATTERN, (_, name: string) => answers.get(name) ?? '?');
    const expected = callsIn(commands).map((call) => {
      const { head, options, files }: Command = toCliCommand(call);
      const words = [...head.slice(1).flatMap((word) => word.split(' ')), ...options.flat()].map(filled);
      for (const { path: file, content } of files) {
        expect(readFileSync(path.join(folder, 'work', file), 'utf8')).toBe(`${filled(content)}\n`);
      }
      if (call.into !== undefined) answers.set(call.into.name, `answer-${String(words.length)}`);
      return `${words.join('\u001f')}\u001f`;
    });
    expect(actual.slice(1)).toEqual(expected);
  });
});

describe('The PowerShell script', () => {
  const wasm = (name: string): string => fileURLToPath(import.meta.resolve(name));

  it.each(Object.entries(overHttp))('parses every command for %s', async (_, config) => {
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(wasm('tree-sitter-powershell/tree-sitter-powershell.wasm')));
    const commands = commandsFor(config, 'test');
    const tree = parser.parse(scriptOf(commands, powershell));
    expect(tree?.rootNode.hasError).toBe(false);
    const called = tree?.rootNode.descendantsOfType('command_name').map((node) => node?.text) ?? [];
    const count = called.filter((name) => name === 'Invoke-Aws' || name === 'Invoke-WithRetry').length;
    // Two more are in the prelude.
    expect(count).toBe(callsIn(commands).length + 2);
    expect(parser.parse('Invoke-Aws iam "create-role')?.rootNode.hasError).toBe(true);
  });
});
