import type { TaskOutcome } from '@everstep/engine';
import { parseJson } from '@everstep/language';
import { contractRequest } from '@everstep/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApiGatewayIntegration } from '../apigateway/invoke.ts';
import { CONNECTION, fixedCredentials } from '../testing/web-rig.ts';
import { formEncoded } from './form-encoding.ts';
import { createHttpInvokeIntegration } from './invoke.ts';

const sent: string[] = [];
const outgoing = {
  async request(request: { readonly headers: ReadonlyArray<readonly [string, string]>; readonly url: URL }) {
    for (const [name, value] of request.headers) {
      // A line break would begin another header.
      if (/[\r\n\0]/.test(name + value)) throw new Error('a header that is more than one');
    }
    sent.push(request.url.href);
    return { statusCode: 200, statusText: 'OK', headers: [], body: Buffer.from('{}') };
  },
};
const shared = { outgoing, region: 'us-east-1', now: Date.now };
const http = createHttpInvokeIntegration({ ...shared, credentials: fixedCredentials() });
const caller = { credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: undefined }) };
const gateway = createApiGatewayIntegration({ ...shared, caller, gateway: null });

const anything = fc.json({ maxDepth: 3 }).map(parseJson);
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('POST', 'GET', 'a\r\nb: c', '..', 'https://x'));
const member = fc.oneof(anything, text, fc.dictionary(text, fc.oneof(text, fc.array(text))));

function parameters(fixed: object, names: readonly string[]) {
  const given = fc.record(Object.fromEntries(names.map((name) => [name, member])), { requiredKeys: [] });
  // Most are right but for one member, so that every check behind the first is reached.
  return given.map((some) => ({ ...fixed, ...some }));
}

function isValue(outcome: TaskOutcome): boolean {
  return outcome.type === 'succeeded' || (outcome.type === 'failed' && outcome.error === 'States.Runtime');
}

describe('whatever Parameters a state comes to', () => {
  it('http:invoke sends them or says what is wrong', async () => {
    const right = { Method: 'POST', ApiEndpoint: 'https://x', InvocationConfig: { ConnectionArn: CONNECTION } };
    const names = ['Method', 'ApiEndpoint', 'Headers', 'QueryParameters', 'RequestBody', 'Transform', 'Authentication'];
    await fc.assert(
      fc.asyncProperty(parameters(right, names), async (given) => {
        expect(isValue(await http.perform(contractRequest('http:invoke', given)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('apigateway:invoke sends them or says what is wrong, and never leaves the stage', async () => {
    const right = { Method: 'POST', ApiEndpoint: 'gw.example', Stage: 'prod' };
    await fc.assert(
      fc.asyncProperty(
        parameters(right, ['Path', 'Headers', 'QueryParameters', 'RequestBody', 'AuthType']),
        async (given) => {
          sent.length = 0;
          expect(isValue(await gateway.perform(contractRequest('apigateway:invoke', given)))).toBe(true);
          for (const url of sent) expect(new URL(url).pathname).toMatch(/^\/prod(\/|$)/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a form can be read back', () => {
    const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean());
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), scalar), (values) => {
        const read = [...new URLSearchParams(formEncoded(values, 'INDICES'))];
        expect(read).toEqual(Object.entries(values).map(([name, value]) => [name, String(value)]));
      }),
    );
  });
});
