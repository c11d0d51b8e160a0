import type { Policy } from '@everstep/protocol';

/** Who signed a request. */
export interface Caller {
  readonly accessKeyId: string;
  /** 12 digits: the account of all that the caller makes, sees and lists. */
  readonly accountId: string;
  /** `arn:aws:iam::<account>:user/<name>` */
  readonly userArn: string;
  readonly userName: string;
  /** Whose approvals are the caller's, too. */
  readonly groups: readonly string[];
  readonly policy: Policy;
}
