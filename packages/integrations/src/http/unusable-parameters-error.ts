/** A call that cannot be made as the state describes it: the task fails as States.Runtime. */
export class UnusableParametersError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableParametersError';
  }
}
