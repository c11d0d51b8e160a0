import { type IntegrationContract, describeIntegrationContract } from '@everstep/testkit';
import { createApiGatewayIntegration } from '../apigateway/invoke.ts';
import { CONNECTION, fixedCredentials, outgoingToLoopback } from '../testing/web-rig.ts';
import { createHttpInvokeIntegration } from './invoke.ts';

type Open = IntegrationContract['open'];

/** The contract's server is on another port in each run: what a request names is replaced by it. */
function at(endpoint: string, integration: ReturnType<Open>['integration']): ReturnType<Open> {
  return {
    integration: {
      perform: (request) =>
        integration.perform({
          ...request,
          parameters: { ...Object(request.parameters), ApiEndpoint: endpoint },
        }),
    },
    close: async () => undefined,
  };
}

const shared = { region: 'us-east-1', now: Date.now };

const contracts: readonly IntegrationContract[] = [
  {
    name: 'http:invoke',
    resource: 'http:invoke',
    parameters: { Method: 'POST', InvocationConfig: { ConnectionArn: CONNECTION }, RequestBody: { a: 1 } },
    open: (endpoint, callTimeoutMs) => {
      const outgoing = outgoingToLoopback();
      const credentials = fixedCredentials();
      return at(endpoint, createHttpInvokeIntegration({ ...shared, outgoing, credentials, callTimeoutMs }));
    },
    healthy: {
      behaviour: { headers: { 'content-type': 'application/json' }, body: '{"paid":true}' },
      output: { ResponseBody: { paid: true }, StatusCode: 200, StatusText: 'OK' },
    },
    errors: {
      failed: /^States\.Http\.StatusCode\.500$/,
      throttled: /^States\.Http\.StatusCode\.429$/,
      unreachable: /^States\.Http\.Socket$/,
    },
  },
  {
    name: 'apigateway:invoke',
    resource: 'apigateway:invoke',
    parameters: { Method: 'POST', Stage: 'prod', Path: 'bills', RequestBody: { a: 1 } },
    open: (endpoint, callTimeoutMs) => {
      const caller = { credentials: () => Promise.reject(new Error('there are none')) };
      const outgoing = outgoingToLoopback();
      return at(endpoint, createApiGatewayIntegration({ ...shared, outgoing, caller, gateway: null, callTimeoutMs }));
    },
    healthy: {
      behaviour: { headers: { 'Content-Type': 'application/json' }, body: '{"paid":true}' },
      output: { ResponseBody: { paid: true }, Headers: { 'Content-Type': ['application/json'] }, StatusCode: 200 },
    },
    errors: {
      failed: /^ApiGateway\.500$/,
      throttled: /^ApiGateway\.429$/,
      unreachable: /^ApiGateway\.(SocketTimeout|Socket)Exception$/,
    },
  },
];

for (const contract of contracts) describeIntegrationContract(contract);
