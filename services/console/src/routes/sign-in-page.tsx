import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactElement, useState } from 'react';
import { useSession } from '../api/session.tsx';
import { signIn } from '../api/sign-in.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { ErrorNote, PageHead } from '../ui/parts.tsx';

/** Asks who it is: by the identity provider where there is one, else by an access key. */
export function SignInPage(): ReactElement {
  const { oidc } = useSession();
  return (
    <main className="sign-in">
      <div className="card pad stack">
        <PageHead title="Sign in to Everstep" document="Sign in" />
        {oidc === undefined ? (
          <KeyForm isOnly />
        ) : (
          <>
            <ProviderButton name={oidc.name} />
            <details>
              <summary>With an access key</summary>
              <KeyForm isOnly={false} />
            </details>
          </>
        )}
      </div>
    </main>
  );
}

/** Why the provider let nobody in, as the server says it in the address. */
const REASONS: Readonly<Record<string, string>> = {
  denied: 'The identity provider did not let you in.',
  expired: 'Signing in took too long, or began in another browser. Please try again.',
  unknown: 'The identity provider does not tell a name that can be a user’s. Its settings must be looked at.',
  'no-access': 'You are known, but nothing lets you in here. Ask whoever runs this installation.',
  unreachable: 'The identity provider cannot be reached at the moment. Please try again later.',
  failed: 'The answer of the identity provider was not right. Please try again; the server’s log says why.',
};

function ProviderButton({ name }: { readonly name: string }): ReactElement {
  const here = new URLSearchParams(location.search);
  const reason = here.get('sign-in');
  here.delete('sign-in');
  const query = here.size === 0 ? '' : `?${here.toString()}`;
  const to = location.pathname.replace(/^\/console/, '') + query;
  return (
    <>
      {reason !== null && (
        <div className="note" data-kind="bad" role="alert">
          <Icon name="warn" />
          <div>{REASONS[reason] ?? REASONS['failed']}</div>
        </div>
      )}
      <a
        className="button"
        data-kind="primary"
        href={`/console/oidc/start?${new URLSearchParams({ to: to === '' ? '/' : to }).toString()}`}
      >
        Sign in with {name}
      </a>
    </>
  );
}

/** The secret stays in the page: only a signature made with it is sent. */
function KeyForm({ isOnly }: { readonly isOnly: boolean }): ReactElement {
  const { region } = useSession();
  const client = useQueryClient();
  const [accessKeyId, setAccessKeyId] = useState('');
  const [secretAccessKey, setSecret] = useState('');
  const [sessionToken, setToken] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const key = { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
      await signIn({ ...key, sessionToken: sessionToken.trim() }, region);
      setSecret('');
      await client.invalidateQueries();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void submit();
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <p className="muted">
        With an access key of this installation. <code>everstep keys create NAME</code> makes one.
      </p>
      <Field label="Access key ID" value={accessKeyId} onChange={setAccessKeyId} autoComplete="username" isRequired />
      <Field
        label="Secret access key"
        value={secretAccessKey}
        onChange={setSecret}
        type="password"
        autoComplete="current-password"
        isRequired
      />
      <Field label="Session token (of a temporary key)" value={sessionToken} onChange={setToken} autoComplete="off" />
      {error !== null && <ErrorNote error={error} />}
      <Button {...(isOnly ? { kind: 'primary' } : {})} type="submit" isDisabled={isBusy}>
        {isBusy ? 'Signing in …' : 'Sign in'}
      </Button>
      <p className="muted small">The secret does not leave this page: it signs one request, and is then forgotten.</p>
    </form>
  );
}
