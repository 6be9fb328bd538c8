import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { isGuarded, usesPastTheGate } from './past-the-gate.ts';

/** The code of each case, by its name. All of them are checked as one program. */
const violations = {
  'a call': 'export const f = (s: Services) => s.profiles.remove("ann");',
  'a call of each port': `export const f = (s: Services) => [
    s.billing.deleteCustomer("c"), s.billing.cancelSubscription("s"), s.refunds.refundFirstPayment("s", "k"),
    s.directory.deleteUser({ sub: "u", username: "u" }), s.entitlements.removeIfUnchanged(s.row), s.sessions.expire("cs"),
    s.profiles.removeUnlessMarked({ userId: "u", customerId: "c" }),
  ];`,
  'an optional call': 'export const f = (p?: ProfileStore) => p?.remove?.("ann");',
  'an alias': 'export const f = (s: Services) => { const end = s.profiles.remove; return end("ann"); };',
  'a bound method': 'export const f = (s: Services) => s.profiles.remove.bind(s.profiles);',
  'a method that is passed on': 'export const f = (s: Services) => ({ end: s.sessions.expire });',
  'a name as text': 'export const f = (s: Services) => s.profiles["remove"]("ann");',
  'a computed name': `const NAME = "remove";
    export const f = (s: Services, name: "read" | "expire") => [s.profiles[NAME], s.either[name]];`,
  'a destructured method': 'export const f = ({ profiles: { remove } }: Services) => remove("ann");',
  'a renamed method': 'export const f = ({ remove: end }: Pick<ProfileStore, "remove">) => end("ann");',
  'a renamed method by its text': `export const f = (p: ProfileStore) => {
    const { "remove": end, ["removeUnlessMarked"]: other } = p;
    return [end, other];
  };`,
  'a method with a default':
    'export const f = ({ remove = async () => {} }: Partial<ProfileStore>) => remove("a");',
  'an assigned method': `export const f = (p: ProfileStore) => {
    let end: ProfileStore["remove"];
    ({ remove: end } = p);
    return end("ann");
  };`,
  'a nested assigned method': `export const f = (s: Services) => {
    let remove: ProfileStore["remove"];
    [{ profiles: { remove } }] = [s];
    return remove("ann");
  };`,
  'a method of the rest': 'export const f = ({ read, ...rest }: ProfileStore) => [read, rest.remove("ann")];',
  'a method of a copy': 'export const f = (p: ProfileStore) => ({ ...p }).remove("ann");',
  'a method of a wider interface':
    'export const f = (p: { remove(id: string): Promise<void> }) => p.remove("ann");',
  'a method of any type': 'export const f = (p: any) => [p.remove("ann"), (({ expire }) => expire)(p)];',
  'a method of a union': 'export const f = (p: ProfileStore | { remove: string }) => p.remove;',
};

const allowed = {
  'data of that name': `export const f = (d: { expire: readonly string[]; remove: boolean }) => {
    const { remove, expire } = d;
    return [d.expire.length, d["remove"], remove, expire];
  };`,
  'a type': `export interface Fewer { readonly p: Pick<ProfileStore, "remove">; readonly e: ProfileStore["remove"] }`,
  'an implementation': 'export const p: Pick<ProfileStore, "remove"> = { remove: async () => {} };',
  'a port that is passed on':
    'export const f = (s: Services, g: (p: ProfileStore) => void) => g(s.profiles);',
  'a method of another name': 'export const f = (s: Services) => s.profiles.read("ann");',
  'a function of that name': `const expire = (id: string) => id;
    export const f = () => expire("cs");`,
};

const PRELUDE = `import type { ProfileStore } from '../account/profile.ts';
  import type { UserDirectory } from '../account/pool-user.ts';
  import type { CustomerRemover, OrphanBilling, SubscriptionCanceler } from '../billing/billing.ts';
  import type { CheckoutSessions } from '../checkout/sessions.ts';
  import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
  interface Services {
    readonly profiles: ProfileStore;
    readonly either: { read(): void; expire(): void };
    readonly billing: CustomerRemover & SubscriptionCanceler;
    readonly refunds: Pick<OrphanBilling, 'refundFirstPayment'>;
    readonly directory: UserDirectory;
    readonly sessions: CheckoutSessions;
    readonly entitlements: Omit<EntitlementStore, 'read'>;
    readonly row: EntitlementRow;
  }
`;

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  types: [],
};

/** Returns the methods that the rule reports for each case. */
function check(cases: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
  const files = new Map(
    Object.values(cases).map((code, index) => [
      `${process.cwd()}/core/case/${index}.ts`,
      `${PRELUDE}${code}`,
    ]),
  );
  const host = ts.createCompilerHost(options);
  const disk = ts.createCompilerHost(options);
  host.fileExists = (file) => files.has(file) || disk.fileExists(file);
  host.readFile = (file) => files.get(file) ?? disk.readFile(file);
  host.getSourceFile = (file, target) => {
    const text = files.get(file);
    return text === undefined
      ? disk.getSourceFile(file, target)
      : ts.createSourceFile(file, text, target, true);
  };
  const program = ts.createProgram({ rootNames: [...files.keys()], options, host });
  const checker = program.getTypeChecker();
  return Object.fromEntries(
    Object.keys(cases).map((name, index) => {
      const file = `core/case/${index}.ts`;
      const source = program.getSourceFile(`${process.cwd()}/${file}`);
      if (source === undefined) throw new Error(`${file} is missing.`);
      expect(program.getSemanticDiagnostics(source).map(({ messageText }) => messageText)).toEqual([]);
      return [name, usesPastTheGate(checker, source).map(({ method }) => method)];
    }),
  );
}

describe('The rule that only the gate ends something', () => {
  it('finds every use of a method that ends something, however it is written', () => {
    expect(check(violations)).toEqual({
      'a call': ['remove'],
      'a call of each port': [
        'deleteCustomer',
        'cancelSubscription',
        'refundFirstPayment',
        'deleteUser',
        'removeIfUnchanged',
        'expire',
        'removeUnlessMarked',
      ],
      'an optional call': ['remove'],
      'an alias': ['remove'],
      'a bound method': ['remove'],
      'a method that is passed on': ['expire'],
      'a name as text': ['remove'],
      'a computed name': ['remove', 'expire'],
      'a destructured method': ['remove'],
      'a renamed method': ['remove'],
      'a renamed method by its text': ['remove', 'removeUnlessMarked'],
      'a method with a default': ['remove'],
      'an assigned method': ['remove'],
      'a nested assigned method': ['remove'],
      'a method of the rest': ['remove'],
      'a method of a copy': ['remove'],
      'a method of a wider interface': ['remove'],
      'a method of any type': ['remove', 'expire'],
      'a method of a union': ['remove'],
    });
  });

  it('leaves data, types, implementations and whole ports alone', () => {
    const nothing = Object.fromEntries(Object.keys(allowed).map((name) => [name, []]));
    expect(check(allowed)).toEqual(nothing);
  });

  it.each([
    ['core/account/roll-back.ts', true],
    ['composition/reconcile.ts', true],
    ['functions/checkout/main.ts', true],
    ['operations/account.ts', true],
    ['core/gate/act.ts', false],
    ['core/checkout/decide.test.ts', false],
    ['adapters/stripe/billing.ts', false],
    ['simulation/worlds/billing.ts', false],
    ['core/README.md', false],
  ])('checks %s: %s', (file, guarded) => {
    expect(isGuarded(file)).toBe(guarded);
  });
});
