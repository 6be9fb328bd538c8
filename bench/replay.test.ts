import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from './certificate.ts';
import { subOf, USERS_PER_RECORDING } from './ids.ts';
import { eventOf, type Recording } from './recording.ts';
import { createReplay } from './replay.ts';
import { ratiosOf, spreadOf } from './statistics.ts';

const recorded = { system: 'dynamodb', text: '', status: 200, headers: {} } as const;
const recording: Recording = {
  number: 2,
  functionName: 'entitlements-api',
  event: JSON.stringify({ user: 'sub-of-the-recording' }),
  ids: { sub: 'sub-of-the-recording', customer: 'cus_recorded' },
  ofReference: [],
  calls: [
    { ...recorded, name: 'GetItem Rows sub-of-the-recording', body: 'first of cus_recorded' },
    { ...recorded, name: 'GetItem Rows sub-of-the-recording', body: 'second' },
    {
      ...recorded,
      system: 'stripe',
      name: 'GET /v1/things?customer=cus_recorded',
      body: 'sub-of-the-recording',
    },
  ],
};
const USER = 2 * USERS_PER_RECORDING + 7;

function getItem(sub: string) {
  const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem' };
  const body = JSON.stringify({ TableName: 'Rows', Key: { cognito_sub: { S: sub } } });
  return { method: 'POST', path: '/', headers, body };
}

describe('A replay', () => {
  it('answers every user as the recorded one, with the ids of that user', () => {
    const replay = createReplay([recording]);
    const { user } = JSON.parse(eventOf(recording, 7)) as { user: string };
    expect(user).toBe(subOf(USER));
    expect(replay.answer('dynamodb', getItem(user)).body).toBe('first of cus_00002000000007');
    const path = '/v1/things?customer=cus_00002000000008';
    expect(replay.answer('stripe', { method: 'GET', path, headers: {}, body: '' }).body).toBe(
      subOf(USER + 1),
    );
  });

  it('answers a repeated call of one user as it was answered in turn, and then as the last time', () => {
    const replay = createReplay([recording]);
    const answers = () => replay.answer('dynamodb', getItem(subOf(USER))).body;
    expect([answers(), answers(), answers()]).toEqual(['first of cus_00002000000007', 'second', 'second']);
  });

  it('answers an update with what the update sets, such as a name of its own', () => {
    const stored = { cognito_sub: { S: 'sub-of-the-recording' }, lease_id: { S: 'recorded' } };
    const call = { ...recorded, name: 'UpdateItem Rows sub-of-the-recording ALL_NEW' };
    const calls = [{ ...call, body: JSON.stringify({ Attributes: stored }) }];
    const body = JSON.stringify({
      TableName: 'Rows',
      Key: { cognito_sub: { S: subOf(USER) } },
      UpdateExpression: 'SET #lease_id = :lease_id',
      ExpressionAttributeNames: { '#lease_id': 'lease_id' },
      ExpressionAttributeValues: { ':lease_id': { S: 'own' } },
      ReturnValues: 'ALL_NEW',
    });
    const headers = { 'x-amz-target': 'DynamoDB_20120810.UpdateItem' };
    const request = { method: 'POST', path: '/', headers, body };
    const answer = createReplay([{ ...recording, calls }]).answer('dynamodb', request);
    expect(JSON.parse(answer.body)).toEqual({
      Attributes: { cognito_sub: { S: subOf(USER) }, lease_id: { S: 'own' } },
    });
  });

  it('refuses a call that was not recorded, and remembers it', () => {
    const replay = createReplay([recording]);
    const request = { method: 'GET', path: '/v1/others', headers: {}, body: '' };
    expect(replay.answer('stripe', request).status).toBe(500);
    expect(replay.unknownCalls()).toEqual(['stripe GET /v1/others']);
  });
});

describe('The certificate', () => {
  it('is one that signs itself, for this machine and this day', () => {
    const now = Date.now();
    const certificate = new X509Certificate(makeCertificate(now).certificate);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(now);
    expect(new Date(certificate.validTo).getTime()).toBeGreaterThan(now);
  });
});

describe('The statistics', () => {
  it('compare each value with the one that was measured next to it', () => {
    expect(ratiosOf([2, 40, 9], [1, 10, 3])).toEqual({ median: 3, low: 3, high: 4 });
  });

  it('are not moved by one slow run', () => {
    expect(spreadOf([1, 2, 3, 4, 1000]).median).toBe(3);
  });
});
