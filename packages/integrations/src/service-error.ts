/** The text AWS's optimised integrations give a refused call, in the words of its Java SDK (version 1). */
export function serviceErrorText(error: {
  message: string;
  service: string;
  statusCode: number;
  code: string;
  requestId: string;
}): string {
  const { message, service, statusCode, code, requestId } = error;
  return `${message} (Service: ${service}; Status Code: ${statusCode}; Error Code: ${code}; Request ID: ${requestId}; Proxy: null)`;
}
