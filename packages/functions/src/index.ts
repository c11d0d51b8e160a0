export { createFunctionHost, type FunctionHostOptions } from './function-host.ts';
export { createFileFunctionLogs, type FileFunctionLogsOptions } from './logs/file-function-logs.ts';
export { createProcessFunctionLogs, type FunctionLogs, noFunctionLogs } from './logs/function-logs.ts';
