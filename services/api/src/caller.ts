import type { Policy } from '@everstep/protocol';

/** Who signed a request, or signed in. */
export interface Caller {
  /** null: somebody whom the identity provider knows. */
  readonly accessKeyId: string | null;
  /** 12 digits: the account of all that the caller makes, sees and lists. */
  readonly accountId: string;
  /** `arn:aws:iam::<account>:user/<name>` */
  readonly userArn: string;
  readonly userName: string;
  /** Whose approvals are the caller's, too. */
  readonly groups: readonly string[];
  readonly policy: Policy;
}
