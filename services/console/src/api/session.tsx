import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactElement, type ReactNode, use, useEffect } from 'react';
import { Loading, ErrorNote } from '../ui/parts.tsx';
import { onSessionLost } from './call.ts';
import { readSession, type SessionFacts } from './sign-in.ts';

const SessionContext = createContext<SessionFacts | null>(null);

interface SessionProviderProps {
  readonly signInPage: ReactNode;
  readonly children: ReactNode;
}

/** Shows the pages to whoever is signed in, or to anybody where nobody needs to be; the sign-in page to others. */
export function SessionProvider({ signInPage, children }: SessionProviderProps): ReactElement {
  const client = useQueryClient();
  const { data, error } = useQuery({ queryKey: ['session'], queryFn: ({ signal }) => readSession(signal) });
  useEffect(() => {
    onSessionLost(() => void client.invalidateQueries({ queryKey: ['session'] }));
  }, [client]);
  if (error !== null && data === undefined)
    return <ErrorNote error={error} title="The console cannot reach its server" />;
  if (data === undefined) return <Loading what="the console" />;
  const isIn = data.authentication === 'none' || data.user !== null;
  return <SessionContext value={data}>{isIn ? children : signInPage}</SessionContext>;
}

export function useSession(): SessionFacts {
  const facts = use(SessionContext);
  if (facts === null) throw new Error('outside of a session');
  return facts;
}
