/** Renders commands for Windows PowerShell 5.1 and PowerShell 7, on any operating system. */
import type { Command, CommandFile } from './cli-command.ts';
import { hasVariables, layOut, type Shell, withVariables } from './shell.ts';

const BARE_WORD = /^[\w./:=+-]+$/;

/** Quotes a text as one word. Throws for a double quote, which PowerShell 5.1 drops when it starts a program. */
export function powershellWord(text: string): string {
  if (text.includes('"'))
    throw new Error(`PowerShell 5.1 drops the double quotes in ${text}. Pass the value in a file.`);
  if (BARE_WORD.test(text) && !/^[-\d]/.test(text)) return text;
  if (/^--[a-z-]+$/.test(text) || /^\d+$/.test(text)) return text;
  if (!hasVariables(text)) return `'${text.replaceAll("'", "''")}'`;
  return `"${withVariables(text, escaped)}"`;
}

const escaped = (literal: string): string => literal.replace(/[`$]/g, '`$&');

/** Writes plain ASCII: in PowerShell 5.1, other encodings start with a byte order mark that the AWS CLI rejects. */
function file({ path, content }: CommandFile): string {
  const text = hasVariables(content) ? `@"\n${withVariables(content, escaped)}\n"@` : `@'\n${content}\n'@`;
  return `${text} | Set-Content -Encoding ascii ${path}`;
}

function command({ files, head, options, into, waitUntilReady }: Command): string {
  const words = [waitUntilReady ? 'Invoke-WithRetry' : 'Invoke-Aws', ...head.slice(1)].join(' ');
  const lines = options.map((option) => option.map(powershellWord).join(' '));
  const called = layOut(words, lines, '`');
  return [...files.map(file), into === undefined ? called : `$${into} = ${called}`].join('\n');
}

export const powershell: Shell = {
  name: 'powershell',
  title: 'PowerShell',
  language: 'powershell',
  prelude: ({ region, folder }) => `$ErrorActionPreference = 'Stop'
$env:AWS_REGION = '${region}'; $env:AWS_DEFAULT_REGION = '${region}'; $env:AWS_PAGER = ''
function Invoke-Aws {
  & aws @args
  if ($LASTEXITCODE -ne 0) { throw "aws $($args[0]) $($args[1]) failed" }
}
function Invoke-WithRetry {
  foreach ($pause in 2, 4, 8, 16) {
    & aws @args
    if ($LASTEXITCODE -eq 0) { return }
    Start-Sleep -Seconds $pause
  }
  Invoke-Aws @args
}
$ACCOUNT = Invoke-Aws sts get-caller-identity --query Account --output text
New-Item -ItemType Directory -Force ${folder} | Out-Null`,
  command,
  // PowerShell removes a bare --, so npm would not see it.
  line: (text) => text.replaceAll(' -- ', " '--' "),
  report: (values) =>
    Object.entries(values)
      .map(([name, value]) => `Write-Output ${powershellWord(`${name}: ${value}`)}`)
      .join('\n'),
};
