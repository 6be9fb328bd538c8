/**
 * Recognizes a person by the verified email address: one form for all spellings that reach one mailbox for certain.
 * Two people who are treated as one cost one of them the trial; one person who is treated as two gets one more. So
 * spellings count as one only where the provider gives all of them to one account (docs/checkout.md).
 */
import type { PoolUser } from '../account/pool-user.ts';
import { unicodeDomain } from './punycode.ts';

interface Provider {
  /** The domains under which an account has the same address. The first one stands for all. */
  readonly domains: readonly [string, ...string[]];
  /** What the provider ignores in the name. */
  readonly ignored?: RegExp;
  /** Whether `anything@ann.DOMAIN` reaches `ann@DOMAIN`. */
  readonly subdomains?: true;
}

const providers: readonly Provider[] = [
  { domains: ['gmail.com', 'googlemail.com'], ignored: /\./g },
  { domains: ['proton.me', 'protonmail.com', 'pm.me', 'protonmail.ch'], ignored: /[._-]/g },
  { domains: ['icloud.com', 'me.com', 'mac.com'] },
  { domains: ['fastmail.com'], subdomains: true },
  { domains: ['fastmail.fm'], subdomains: true },
];

type Addressed = Pick<PoolUser, 'email' | 'emailVerified'>;

interface Address {
  readonly name: string;
  readonly domain: string;
}

export interface EmailForms {
  /** The form under which a trial is recorded. */
  readonly current: string;
  /** The forms under which earlier versions recorded a trial of the same person. Usually none. */
  readonly former: readonly string[];
}

/** Returns the forms of a verified address, or null without one: a returning person could not be recognized. */
export function emailForms(user: Addressed): EmailForms | null {
  const plain = plainAddress(user);
  if (plain === null) return null;
  const provider = providerOf(plain.domain);
  const address = personalAddress(plain, provider);
  const earlier = earlierAddress(user) ?? plain;
  const current = textOf(address);
  const former = earlierSpellings({ address, earlier, plain, provider }).map(earlierForm);
  return { current, former: [...new Set(former)].filter((form) => form !== current) };
}

export function canonicalEmail(user: Addressed): string | null {
  return emailForms(user)?.current ?? null;
}

function textOf({ name, domain }: Address): string {
  return `email:${name}@${domain}`;
}

function plainAddress({ email, emailVerified }: Addressed): Address | null {
  if (email === null || !emailVerified) return null;
  const parts = split(folded(email));
  if (parts === null) return null;
  const domain = asciiDomain(parts.domain);
  return domain === '' ? null : { name: withoutTag(unquoted(parts.name)), domain };
}

/** Returns the text in one case and one composition, without characters that no one sees. */
function folded(text: string): string {
  const visible = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  // The two forms of the Greek letter have one upper case. A lower case can decompose.
  return visible.toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').trim();
}

function split(text: string): Address | null {
  const at = text.lastIndexOf('@');
  return at < 1 || at === text.length - 1 ? null : { name: text.slice(0, at), domain: text.slice(at + 1) };
}

/** `"ann"` is `ann`, unless the name needs the quotes. */
function unquoted(name: string): string {
  return /^"(?<inner>[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+)"$/u.exec(name)?.groups?.['inner'] ?? name;
}

function withoutTag(name: string): string {
  return name.replace(/(?<=.)\+.*$/s, '');
}

/** Returns the domain as the DNS has it: without a dot at its end, and in Punycode. */
function asciiDomain(text: string): string {
  const domain = text.replace(/[.。\s]+$/u, '');
  const isPlain = /^[\x21-\x7e]*$/.test(domain) && !/(?:^|\.)xn--/.test(domain);
  // These would not be read as a part of the host.
  if (isPlain || /[\s/?#@:\\%[\]]/.test(domain)) return domain;
  const url = `http://${domain}/`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.+$/, '') : domain;
}

function providerOf(domain: string): Provider | undefined {
  return providers.find(
    ({ domains, subdomains }) =>
      domains.includes(domain) ||
      (subdomains === true && domains.some((parent) => userIn(domain, parent) !== undefined)),
  );
}

/** Returns the user whose subdomain it is. A host name has no underscore, so a hyphen stands for it. */
function userIn(domain: string, parent: string): string | undefined {
  const label = domain.endsWith(`.${parent}`) ? domain.slice(0, -parent.length - 1) : '';
  return label === '' || label.includes('.') ? undefined : label.replaceAll('-', '_');
}

function personalAddress({ name, domain }: Address, provider: Provider | undefined): Address {
  if (provider === undefined) return { name, domain };
  const [main] = provider.domains;
  const user = provider.subdomains === true ? userIn(domain, main) : undefined;
  const short = provider.ignored === undefined ? name : name.replace(provider.ignored, '');
  return { name: user ?? (short === '' ? name : short), domain: main };
}

/** Returns the spellings of the address that earlier versions kept apart. */
function earlierSpellings(known: {
  readonly address: Address;
  readonly earlier: Address;
  readonly plain: Address;
  readonly provider: Provider | undefined;
}): readonly Address[] {
  const { address, earlier, plain, provider } = known;
  const domains = new Set([
    address.domain,
    ...(provider?.domains ?? [plain.domain, unicodeDomain(plain.domain)]),
  ]);
  const names = new Set([address.name, ...(provider?.subdomains === true ? [] : [plain.name])]);
  return [earlier, ...[...domains].flatMap((domain) => [...names].map((name) => ({ name, domain })))];
}

/** The address as version 0.1 read it. */
function earlierAddress({ email }: Addressed): Address | null {
  const parts = split((email ?? '').normalize('NFKC').trim().toLowerCase());
  return parts === null ? null : { ...parts, name: parts.name.replace(/(?<=.)\+.*$/, '') };
}

function earlierForm({ name, domain }: Address): string {
  const isGmail = domain === 'gmail.com' || domain === 'googlemail.com';
  return isGmail ? `email:${name.replaceAll('.', '')}@gmail.com` : textOf({ name, domain });
}
