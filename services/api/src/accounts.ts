import type { EngineContext } from '@everstep/engine';
import { PageTokens } from '@everstep/protocol';

/** What a request works with in its account. */
export interface AccountContext {
  /** Whose settings name the account, so that what is made lies in it. */
  readonly engine: EngineContext;
  readonly pageTokens: PageTokens;
}

/** The engine as seen from each account. */
export class Accounts {
  readonly #engine: EngineContext;
  readonly #known = new Map<string, AccountContext>();

  constructor(engine: EngineContext) {
    this.#engine = engine;
  }

  /** The account of the settings, where nobody says who they are. */
  get own(): AccountContext {
    return this.of(this.#engine.settings.accountId);
  }

  /** Only of accounts that have a key: their number is the operator's choice. */
  of(accountId: string): AccountContext {
    const known = this.#known.get(accountId);
    if (known !== undefined) return known;
    const engine = this.#engine;
    const settings = { ...engine.settings, accountId };
    const context: AccountContext = {
      engine: accountId === engine.settings.accountId ? engine : { ...engine, settings },
      pageTokens: new PageTokens(engine.store, () => engine.clock.now(), accountId),
    };
    this.#known.set(accountId, context);
    return context;
  }
}
