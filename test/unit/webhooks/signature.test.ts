import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { signedHeaders, signingKey } from '../../../src/shared/webhooks/signature.ts';

const OLD = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const NEW = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const body = '{"hello":"wörld"}';
const keys = (...secrets: string[]) => secrets.map((secret) => signingKey(secret) ?? Buffer.alloc(0));
const sign = (...secrets: string[]) => ({
  ...signedHeaders({ id: 'evt_1', body }, keys(...secrets), new Date()),
});

describe('a signature', () => {
  test('is the one of the specification’s own example', () => {
    const example = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
    const key = keys('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(signedHeaders(example, key, new Date(1_614_265_330_000))).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('is taken by the library of Standard Webhooks', () => {
    expect(new Webhook(OLD).verify(body, sign(OLD))).toEqual({ hello: 'wörld' });
  });

  test('is not taken with another secret, another body, or a time of long ago', () => {
    expect(() => new Webhook(OTHER).verify(body, sign(OLD))).toThrow('No matching signature');
    expect(() => new Webhook(OLD).verify(`${body} `, sign(OLD))).toThrow('No matching signature');
    const early = signedHeaders({ id: 'evt_1', body }, keys(OLD), new Date(Date.now() - 600_000));
    expect(() => new Webhook(OLD).verify(body, { ...early })).toThrow('too old');
  });

  test('is there for each secret while one replaces another', () => {
    const headers = sign(NEW, OLD);
    for (const secret of [NEW, OLD]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(OTHER).verify(body, headers)).toThrow('No matching signature');
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  });
});
