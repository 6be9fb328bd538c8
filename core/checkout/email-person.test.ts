import { domainToASCII, domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalEmail, emailForms } from './email-person.ts';
import { unicodeDomain } from './punycode.ts';

const canonical = (email: string | null) => canonicalEmail({ email, emailVerified: true });
const formerOf = (email: string) => emailForms({ email, emailVerified: true })?.former;

describe('A person is recognized by the verified address', () => {
  it.each([
    ['ann@example.com', 'email:ann@example.com'],
    ['a@b', 'email:a@b'],
    ['Ann@Example.COM', 'email:ann@example.com'],
    [' ann@example.com', 'email:ann@example.com'],
    ['ann@example.com ', 'email:ann@example.com'],
    // Full-width letters, and a full-width at sign and dot.
    ['ａｎｎ@example.com', 'email:ann@example.com'],
    ['ann＠example．com', 'email:ann@example.com'],
    ['ann+one@example.com', 'email:ann@example.com'],
    ['ann+one+two@example.com', 'email:ann@example.com'],
    ['ann+@example.com', 'email:ann@example.com'],
    ['+ann@example.com', 'email:+ann@example.com'],
    ['an.n@example.com', 'email:an.n@example.com'],
    ['a.n.n+one@gmail.com', 'email:ann@gmail.com'],
    ['a.n.n@GoogleMail.com', 'email:ann@gmail.com'],
    ['...@gmail.com', 'email:...@gmail.com'],
    ['"ann@home"@example.com', 'email:"ann@home"@example.com'],
    ['"ann"@example.com', 'email:ann@example.com'],
    ['"a.n.n+one"@gmail.com', 'email:ann@gmail.com'],
    ['"ann lee"@example.com', 'email:"ann lee"@example.com'],
    // Invisible characters: a zero-width space, a byte order mark and a soft hyphen.
    ['an\u200Bn@exam\u00ADple.com', 'email:ann@example.com'],
    ['\uFEFFann@example.com', 'email:ann@example.com'],
    // A composed letter and its parts.
    ['ren\u00E9@example.com', 'email:ren\u00E9@example.com'],
    ['rene\u0301@example.com', 'email:ren\u00E9@example.com'],
    ['ΟΔΟΣ.Α@example.com', 'email:οδοσ.α@example.com'],
    ['οδος.α@example.com', 'email:οδοσ.α@example.com'],
  ])('%s is %s', (email, expected) => {
    expect(canonical(email)).toBe(expected);
  });

  it.each([
    'ann@bücher.example',
    'ann@BÜCHER.example',
    'ann@bu\u0308cher.example',
    'ann@xn--bcher-kva.example',
    'ann@XN--BCHER-KVA.EXAMPLE',
    'ann@bücher.example.',
    'ann@xn--bcher-kva.example.',
    'ann@bücher。example',
    'ann@ｂücher．example',
  ])('%s is at one domain, which the DNS knows in Punycode', (email) => {
    expect(canonical(email)).toBe('email:ann@xn--bcher-kva.example');
  });

  it.each([
    ['ann@example.com.', 'email:ann@example.com'],
    ['ann@faß.example', 'email:ann@xn--fa-hia.example'],
    ['ann@fass.example', 'email:ann@fass.example'],
    ['ann@xn--99999999.example', 'email:ann@xn--99999999.example'],
    ['ann@bü cher.example', 'email:ann@bü cher.example'],
    ['ann@[127.0.0.1]', 'email:ann@[127.0.0.1]'],
    ['ann@bü/cher.example', 'email:ann@bü/cher.example'],
  ])('%s, whose domain is special, is %s', (email, expected) => {
    expect(canonical(email)).toBe(expected);
  });

  it.each([null, '', 'ann', '@example.com', 'ann@', '@', 'ann@.', 'ann@。', 'ann@\u200B', '\u200B@b'])(
    '%j is no address',
    (email) => {
      expect(canonical(email)).toBeNull();
    },
  );

  it('and never by an address that is not verified', () => {
    expect(canonicalEmail({ email: 'ann@example.com', emailVerified: false })).toBeNull();
  });
});

describe('The addresses that a provider gives to one account are one person', () => {
  it.each([
    [
      'proton.me',
      ['a.n-n_lee@protonmail.com', 'annlee@pm.me', 'Ann.Lee+x@proton.me', 'annlee@protonmail.ch'],
    ],
    ['icloud.com', ['annlee@me.com', 'annlee@mac.com', 'annlee+x@icloud.com']],
    ['fastmail.com', ['annlee+x@fastmail.com', 'x@annlee.fastmail.com', 'y+z@annlee.fastmail.com']],
    ['fastmail.fm', ['annlee+x@fastmail.fm', 'x@annlee.fastmail.fm']],
    ['outlook.com', ['annlee+x@outlook.com']],
    ['yahoo.com', ['annlee+x@yahoo.com']],
  ])('of %s', (domain, spellings) => {
    expect(new Set(spellings.map(canonical))).toEqual(new Set([`email:annlee@${domain}`]));
  });

  it('also where a host name cannot have the underscore of the name', () => {
    expect(canonical('x@ann-lee.fastmail.com')).toBe(canonical('ann_lee@fastmail.com'));
  });
});

describe('Addresses that may be two people are two', () => {
  it.each([
    ['ann@outlook.com', 'ann@hotmail.com'],
    ['an.n@outlook.com', 'ann@outlook.com'],
    ['ann@yahoo.com', 'ann@ymail.com'],
    ['ann-shop@yahoo.com', 'ann@yahoo.com'],
    ['ann-shop@yahoo.com', 'ann-home@yahoo.com'],
    ['an.n@icloud.com', 'ann@icloud.com'],
    ['an.n@me.com', 'ann@me.com'],
    ['ann@fastmail.com', 'ann@fastmail.fm'],
    ['x@ann.fastmail.com', 'x@bob.fastmail.com'],
    ['x@b.ann.fastmail.com', 'x@ann.fastmail.com'],
    ['x@ann.example.com', 'ann@example.com'],
    ['x@ann.gmail.com', 'ann@gmail.com'],
    ['a1b2c3@privaterelay.appleid.com', 'd4e5f6@privaterelay.appleid.com'],
    ['a1.b2@privaterelay.appleid.com', 'a1b2@privaterelay.appleid.com'],
    ['-@proton.me', '_@proton.me'],
    ['ann@faß.example', 'ann@fass.example'],
    ['ı@example.com', 'i@example.com'],
  ])('%s and %s', (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });
});

const domains = fc.constantFrom(
  'example.com',
  'bücher.example',
  'xn--bcher-kva.example',
  'gmail.com',
  'pm.me',
  'me.com',
  'ann.fastmail.com',
  'ドメイン.example',
);
const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const spelled = fc.tuple(names, domains).map(([name, domain]) => `${name}@${domain}`);
const plainNames = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,9}$/);

describe('The form of an address', () => {
  it('is its own form', () => {
    fc.assert(
      fc.property(spelled, (email) => {
        const form = canonical(email);
        fc.pre(form !== null);
        expect(canonical((form ?? '').replace(/^email:/, ''))).toBe(form);
      }),
    );
  });

  it('is the same for every spelling of one mailbox', () => {
    const change = fc.constantFrom(
      (email: string) => email.toUpperCase(),
      (email: string) => `${email}.`,
      (email: string) => ` ${email}\n`,
      (email: string) => email.normalize('NFD'),
      (email: string) => email.replace(/.$/, '$&\u200B'),
      (email: string) => email.replace(/^./, '\uFEFF$&'),
      (email: string) => email.replace('@', '+tag@').replace(/^\+tag/, 'x+tag'),
      (email: string) => email.replace(/(?<=@).*$/, (domain) => domainToASCII(domain)),
      (email: string) => email.replace(/(?<=@).*$/, (domain) => domainToUnicode(domain)),
      (email: string) =>
        email.replace(/[a-z]/g, (letter) => String.fromCodePoint(0xfe_e0 + letter.charCodeAt(0))),
    );
    fc.assert(
      fc.property(plainNames, domains, fc.array(change, { maxLength: 3 }), (name, domain, changes) => {
        const email = `${name}@${domain}`;
        // A tag at a subdomain of Fastmail names the same person.
        const changed = changes.reduce((text, apply) => (text.endsWith('.') ? text : apply(text)), email);
        expect(canonical(changed)).toBe(canonical(email));
      }),
    );
  });

  it('keeps two plain names at a domain of one’s own apart', () => {
    fc.assert(
      fc.property(plainNames, plainNames, (one, other) => {
        expect(canonical(`${one}@example.com`) === canonical(`${other}@example.com`)).toBe(one === other);
      }),
    );
  });
});

/** The form under which version 0.1 recorded a trial. */
function formOfVersion01(email: string): string {
  const normal = email.normalize('NFKC').trim().toLowerCase();
  const at = normal.lastIndexOf('@');
  const domain = normal.slice(at + 1);
  const name = normal.slice(0, at).replace(/(?<=.)\+.*$/, '');
  return domain === 'gmail.com' || domain === 'googlemail.com'
    ? `email:${name.replaceAll('.', '')}@gmail.com`
    : `email:${name}@${domain}`;
}

describe('The forms of version 0.1', () => {
  it('are looked up too, for every address whose form has changed', () => {
    fc.assert(
      fc.property(spelled, (email) => {
        const forms = emailForms({ email, emailVerified: true });
        fc.pre(forms !== null);
        expect([forms?.current, ...(forms?.former ?? [])]).toContain(formOfVersion01(email));
        expect(forms?.former).not.toContain(forms?.current);
        expect(new Set(forms?.former).size).toBe(forms?.former.length);
      }),
    );
  });

  it.each([
    'ann@example.com',
    'ann+one@outlook.com',
    'a.n.n@gmail.com',
    'ann@googlemail.com',
    'a1b2@privaterelay.appleid.com',
    'ann@fastmail.com',
  ])('cost nothing for %s, whose form is the same', (email) => {
    expect(formerOf(email)).toEqual([]);
  });

  it.each([
    ['ann@xn--bcher-kva.example', ['email:ann@bücher.example']],
    ['ann@BÜCHER.example', ['email:ann@bücher.example']],
    ['ann@example.com.', ['email:ann@example.com.']],
    ['x@ann.fastmail.com', ['email:x@ann.fastmail.com']],
    ['ann@icloud.com', ['email:ann@me.com', 'email:ann@mac.com']],
    ['ann@mac.com', ['email:ann@mac.com', 'email:ann@me.com']],
    ['ann@pm.me', ['email:ann@pm.me', 'email:ann@protonmail.com', 'email:ann@protonmail.ch']],
    [
      'an.n@pm.me',
      [
        'email:an.n@pm.me',
        'email:an.n@proton.me',
        'email:ann@protonmail.com',
        'email:an.n@protonmail.com',
        'email:ann@pm.me',
        'email:ann@protonmail.ch',
        'email:an.n@protonmail.ch',
      ],
    ],
  ])('of %s are %j', (email, expected) => {
    expect(formerOf(email)).toEqual(expected);
  });
});

describe('A domain in Punycode', () => {
  it.each([
    'bücher.example',
    'ドメイン.例え',
    'münchen.köln',
    'fa\u00DF.example',
    '💩.example',
    'abc-é.example',
    'öäü.example',
  ])('is read as %s', (domain) => {
    expect(unicodeDomain(domainToASCII(domain))).toBe(domain);
  });

  it.each(['xn--', 'xn--99999999', 'xn--a!', 'xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz9', 'example.com'])(
    'that cannot be decoded stays: %s',
    (domain) => {
      expect(unicodeDomain(domain)).toBe(domain);
    },
  );

  it('is decoded as the runtime decodes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), (label) => {
        const ascii = domainToASCII(`${label}.example`);
        fc.pre(/^xn--[a-z0-9-]+\.example$/.test(ascii));
        expect(unicodeDomain(ascii)).toBe(domainToUnicode(ascii));
      }),
    );
  });
});
