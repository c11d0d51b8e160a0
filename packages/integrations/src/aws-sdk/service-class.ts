/**
 * A service's name in AWS's Java SDK, version 2, whose words `aws-sdk:` integrations use: `DynamoDB` is DynamoDb, `SFN`
 * is Sfn, `Secrets Manager` is SecretsManager.
 */
export function serviceClassName(serviceId: string): string {
  const words = serviceId
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .replaceAll(/([a-z])(?=[A-Z][A-Za-z0-9])/g, '$1 ')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/([0-9])([A-Za-z])/g, '$1 $2')
    .split(' ');
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1).toLowerCase()}`).join('');
}
