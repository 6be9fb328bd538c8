/** What works on the local cloud works deployed, so its pool has the settings of the pool that the stack creates. */
import { describe, expect, it } from 'vitest';
import { stages } from '../../infra/config.ts';
import { clientSettings, poolOptions } from '../../local/cognito/pool.ts';
import { synthesize, theOnly } from './synth.ts';

describe('The local Cognito', () => {
  const template = synthesize(stages.dev);

  it('has the pool settings of the deployed one', () => {
    const { Properties } = theOnly(template, 'AWS::Cognito::UserPool');
    expect(poolOptions).toEqual(
      Object.fromEntries(Object.keys(poolOptions).map((name) => [name, Properties[name]])),
    );
  });

  it('has an app client with the flows, the lifetimes and the discretion of the deployed one', () => {
    const { Properties } = theOnly(template, 'AWS::Cognito::UserPoolClient');
    expect(clientSettings).toEqual(
      Object.fromEntries(Object.keys(clientSettings).map((name) => [name, Properties[name]])),
    );
  });
});
