/** Step Functions begins every name of an API with a capital: `executionArn` is `ExecutionArn`. */
export function stepFunctionsName(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** A service's id as `aws-sdk:` Resources spell it: `Secrets Manager` is `secretsmanager`. */
export function resourceServiceName(serviceId: string): string {
  return serviceId.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
