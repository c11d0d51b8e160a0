/** Step Functions' own API as this installation answers it, without a network between. */
export interface StepFunctionsApi {
  /**
   * `body`: the request's JSON text. The answer's is JSON text as well, an error in AWS's shape.
   * Throws StoreUnavailableError or OutcomeUnknownError where the store does not answer.
   */
  call(request: {
    readonly accountId: string;
    /** `StartExecution` */
    readonly operation: string;
    readonly body: string;
    readonly signal: AbortSignal;
  }): Promise<{ readonly statusCode: number; readonly body: string; readonly requestId: string }>;
}
