/** Creates users of every state, through the doors that an app, a person or the stores use. */
import { inSpan } from '../../recording/context.ts';
import type { Recorder } from '../../recording/recorder.ts';
import type { SeedResult } from '../contract.ts';
import { ControlRefusal, type ControlRoute } from '../routes.ts';
import { attributeOf } from '../users/pool.ts';
import type { Roster } from '../users/roster.ts';
import { type SeedContext, type SeededUser, type SeedState, seedStates } from './seed-states.ts';

export interface SeedDeps {
  readonly recorder: Recorder;
  readonly roster: Roster;
  readonly context: () => SeedContext;
  readonly clientId: () => string;
  readonly confirmationCode: () => string;
  readonly customerOf: (sub: string) => Promise<string>;
  /** Resolves once every webhook is delivered or given up. */
  readonly settled: () => Promise<void>;
}

const PASSWORD = 'Correct-horse-1';
const MAX_USERS = 500;
const names = [
  'Ada Lovelace',
  'Grace Hopper',
  'Alan Turing',
  'Edsger Dijkstra',
  'Barbara Liskov',
  'Donald Knuth',
  'Katherine Johnson',
  'Claude Shannon',
  'Margaret Hamilton',
  'Dennis Ritchie',
  'Frances Allen',
  'Tony Hoare',
  'Radia Perlman',
] as const;

export function seedRoutes(deps: SeedDeps): readonly ControlRoute[] {
  let isSeeding = false;
  return [
    {
      method: 'POST',
      path: '/seed',
      run: async ({ body: { count } }): Promise<SeedResult> => {
        if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > MAX_USERS) {
          throw new ControlRefusal(400, `"count" must be a whole number from 1 to ${MAX_USERS}.`);
        }
        if (isSeeding) throw new ControlRefusal(409, 'Another seeding is under way. Wait for its end.');
        isSeeding = true;
        try {
          return { created: await seed(deps, count) };
        } finally {
          isSeeding = false;
        }
      },
    },
  ];
}

/** One user after the other, so that the same cloud is always seeded alike. */
async function seed(deps: SeedDeps, count: number): Promise<number> {
  const first = (await lastNumber(deps.roster)) + 1;
  for (let number = first; number < first + count; number += 1) {
    const state = seedStates[(number - 1) % seedStates.length] as SeedState;
    await recorded(deps.recorder, state, () => createUser(deps, number, state));
  }
  await deps.settled();
  return count;
}

/** A second seeding goes on where the first one has ended. */
async function lastNumber(roster: Roster): Promise<number> {
  const users = await roster.read();
  const numbers = users.map(({ user, profile }) => {
    const email = (user === undefined ? undefined : attributeOf(user, 'email')) ?? profile?.['email'];
    return Number(/\.(?<number>\d+)@seed\.example$/.exec(String(email))?.groups?.['number'] ?? 0);
  });
  return Math.max(0, ...numbers);
}

/** All that a user causes is one story. */
async function recorded(recorder: Recorder, { name }: SeedState, work: () => Promise<string>): Promise<void> {
  const span = recorder.begin({ lane: 'console', kind: 'action', title: `Seed a user: ${name}` });
  try {
    const sub = await inSpan(span, work);
    recorder.end(span, { outcome: 'ok', subjects: [sub] });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    recorder.end(span, { outcome: 'failed', note: message });
    throw new ControlRefusal(502, `The user "${name}" cannot be created. ${message}`, { cause: error });
  }
}

/** Returns the `sub`. */
async function createUser(deps: SeedDeps, number: number, state: SeedState): Promise<string> {
  const context = deps.context();
  const name = names[(number - 1) % names.length] as (typeof names)[number];
  const [givenName = '', familyName = ''] = name.split(' ');
  const email = `${givenName}.${familyName}.${number}@seed.example`.toLowerCase();
  const signedUp = await context.doors.cognito('SignUp', {
    ClientId: deps.clientId(),
    Username: email,
    Password: PASSWORD,
    UserAttributes: [
      { Name: 'email', Value: email },
      { Name: 'given_name', Value: givenName },
      { Name: 'family_name', Value: familyName },
    ],
  });
  const sub = String(signedUp['UserSub']);
  if (!state.confirmed) return sub;
  await context.doors.cognito('ConfirmSignUp', {
    ClientId: deps.clientId(),
    Username: email,
    ConfirmationCode: deps.confirmationCode(),
  });
  const user: SeededUser = { sub, email, customerId: await deps.customerOf(sub) };
  await state.reach(context, user);
  return sub;
}
