import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactElement, useState } from 'react';
import { useSession } from '../api/session.tsx';
import { signIn } from '../api/sign-in.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ErrorNote, PageHead } from '../ui/parts.tsx';

/** Asks for an access key. The secret stays in the page: only a signature made with it is sent. */
export function SignInPage(): ReactElement {
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
    <main className="sign-in">
      <form className="card pad stack" onSubmit={onSubmit}>
        <PageHead title="Sign in to Everstep" document="Sign in" />
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
        <Button kind="primary" type="submit" isDisabled={isBusy}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </Button>
        <p className="muted small">The secret does not leave this page: it signs one request, and is then forgotten.</p>
      </form>
    </main>
  );
}
