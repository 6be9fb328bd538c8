/** Which requests a server on loopback answers. */
import { describe, expect, it } from 'vitest';
import { type RequestSource, refusalOf, type TrustedSources } from './request-source.ts';

const program: RequestSource = {
  method: 'POST',
  host: '127.0.0.1:3000',
  origin: undefined,
  site: undefined,
  mode: undefined,
  destination: undefined,
};
const ownPages: TrustedSources = { port: 3000, hosts: [], origins: [], answersPreflights: false };
const localPages = { ...ownPages, origins: ['http://localhost:*', 'http://127.0.0.1:*'] };

function outcomeOf(source: Partial<RequestSource>, trusted: TrustedSources): 'answered' | 'refused' {
  return refusalOf({ ...program, ...source }, trusted) === undefined ? 'answered' : 'refused';
}

describe('The host of a request', () => {
  it.each<[string | undefined, 'answered' | 'refused']>([
    ['127.0.0.1:3000', 'answered'],
    ['localhost:3000', 'answered'],
    ['LocalHost:3000', 'answered'],
    ['[::1]:3000', 'answered'],
    ['localhost', 'refused'],
    ['localhost:3001', 'refused'],
    ['localhost:03000', 'refused'],
    ['localhost.:3000', 'refused'],
    ['app.localhost:3000', 'refused'],
    ['localhost.evil.example:3000', 'refused'],
    ['127.0.0.1.nip.io:3000', 'refused'],
    ['evil.example:3000', 'refused'],
    ['evil.example', 'refused'],
    ['localhost:3000@evil.example', 'refused'],
    ['localhost:3000, evil.example', 'refused'],
    ['192.168.1.7:3000', 'refused'],
    ['0.0.0.0:3000', 'refused'],
    ['127.0.0.2:3000', 'refused'],
    ['2130706433:3000', 'refused'],
    ['', 'refused'],
    [undefined, 'refused'],
  ])('%j is %s', (host, outcome) => {
    expect(outcomeOf({ host }, localPages)).toBe(outcome);
  });

  it('needs no port on port 80', () => {
    const onPort80 = { ...ownPages, port: 80 };
    expect(outcomeOf({ host: 'localhost' }, onPort80)).toBe('answered');
    expect(outcomeOf({ host: 'localhost:80' }, onPort80)).toBe('answered');
    expect(outcomeOf({ host: 'evil.example' }, onPort80)).toBe('refused');
  });

  it('may be a name that the user allows, with any port or with the one in its name', () => {
    const named = { ...ownPages, hosts: ['Docker.internal', 'proxy:5173'] };
    expect(outcomeOf({ host: 'docker.internal:3000' }, named)).toBe('answered');
    expect(outcomeOf({ host: 'docker.internal' }, named)).toBe('answered');
    expect(outcomeOf({ host: 'proxy:5173' }, named)).toBe('answered');
    expect(outcomeOf({ host: 'proxy:3000' }, named)).toBe('refused');
    expect(outcomeOf({ host: 'evil-docker.internal' }, named)).toBe('refused');
  });
});

describe('The origin of a request', () => {
  it.each<[string | undefined, 'answered' | 'refused', 'answered' | 'refused']>([
    [undefined, 'answered', 'answered'],
    ['http://127.0.0.1:3000', 'answered', 'answered'],
    ['http://localhost:5173', 'refused', 'answered'],
    ['http://localhost', 'refused', 'answered'],
    ['http://127.0.0.1:12111', 'refused', 'answered'],
    ['https://localhost:5173', 'refused', 'refused'],
    ['null', 'refused', 'refused'],
    ['', 'refused', 'refused'],
    ['file://', 'refused', 'refused'],
    ['https://evil.example', 'refused', 'refused'],
    ['http://localhost.evil.example', 'refused', 'refused'],
    ['http://localhost:5173.evil.example', 'refused', 'refused'],
    ['http://localhost:5173@evil.example', 'refused', 'refused'],
    ['chrome-extension://abcdefgh', 'refused', 'refused'],
  ])('%j is %s where only own pages may call, and %s where local pages may', (origin, own, local) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      expect(outcomeOf({ method, origin }, ownPages)).toBe(own);
      expect(outcomeOf({ method, origin }, localPages)).toBe(local);
    }
  });

  it('is the own one if it has the name that the request has', () => {
    const origin = 'http://localhost:3000';
    expect(outcomeOf({ host: 'localhost:3000', origin }, ownPages)).toBe('answered');
    expect(outcomeOf({ host: '127.0.0.1:3000', origin }, ownPages)).toBe('refused');
  });

  it('may be any in a preflight request that the server answers itself', () => {
    const answering = { ...ownPages, answersPreflights: true };
    const origin = 'https://evil.example';
    expect(outcomeOf({ method: 'OPTIONS', origin }, answering)).toBe('answered');
    expect(outcomeOf({ method: 'POST', origin }, answering)).toBe('refused');
    expect(outcomeOf({ method: 'OPTIONS', origin, host: 'evil.example' }, answering)).toBe('refused');
  });
});

describe('A request without an origin that a browser sends', () => {
  const visit = { method: 'GET', site: 'cross-site', mode: 'navigate', destination: 'document' };

  it.each<[string, Partial<RequestSource>, 'answered' | 'refused']>([
    ['of a page of the server', { method: 'GET', site: 'same-origin', mode: 'cors' }, 'answered'],
    ['of a person who types the address', { ...visit, site: 'none' }, 'answered'],
    ['that follows a link of another site', visit, 'answered'],
    ['that follows a redirect of a page on another port', { ...visit, site: 'same-site' }, 'answered'],
    ['for a frame', { ...visit, destination: 'iframe' }, 'refused'],
    ['for an embedded object', { ...visit, destination: 'object' }, 'refused'],
    ['for a picture', { ...visit, mode: 'no-cors', destination: 'image' }, 'refused'],
    ['for a script', { ...visit, mode: 'no-cors', destination: 'script' }, 'refused'],
    ['for a picture on another port', { ...visit, site: 'same-site', mode: 'no-cors' }, 'refused'],
    ['that submits a form', { ...visit, method: 'POST' }, 'refused'],
  ])('%s', (_case, source, outcome) => {
    expect(outcomeOf(source, localPages)).toBe(outcome);
  });
});

describe('A refusal', () => {
  it('is one line that says why, and what to do', () => {
    const host = refusalOf({ ...program, host: 'evil.example:3000\n' }, ownPages);
    expect(host).toBe(
      'Refused: the request names the host "evil.example:3000\\n", and this server answers only to 127.0.0.1, ' +
        'localhost and [::1] with port 3000. If the name is yours, start the local cloud with --allow-host NAME.',
    );
    const origin = 'https://evil.example';
    expect(refusalOf({ ...program, origin }, localPages)).toBe(
      `Refused: the request comes from a page of "${origin}". If the page is yours, start the local cloud with --allow-origin ORIGIN.`,
    );
    expect(refusalOf({ ...program, origin }, ownPages)).toMatch(/Only pages of this server may do this\.$/);
  });

  it('shows no more than a part of a long name', () => {
    expect(refusalOf({ ...program, host: 'a'.repeat(9_000) }, ownPages)?.length).toBeLessThan(400);
  });
});
