import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { CallError } from './api/call.ts';
import { SessionProvider } from './api/session.tsx';
import { ExecutionsPage } from './routes/executions-page.tsx';
import { Frame } from './routes/frame.tsx';
import { MachinesPage } from './routes/machines-page.tsx';
import { NotFoundPage } from './routes/not-found-page.tsx';
import { SignInPage } from './routes/sign-in-page.tsx';
import { Loading } from './ui/parts.tsx';
import { ToastProvider } from './ui/toasts.tsx';

// What only some pages need comes with them.
const OverviewPage = lazy(() => import('./routes/overview-page.tsx'));
const MachinePage = lazy(() => import('./routes/machine-page.tsx'));
const NewMachinePage = lazy(() => import('./routes/new-machine-page.tsx'));
const ApprovalsPage = lazy(() => import('./routes/approvals-page.tsx'));
const ApprovalPage = lazy(() => import('./routes/approval-page.tsx'));
const LinkPage = lazy(() => import('./routes/link-page.tsx'));
const LimitsPage = lazy(() => import('./routes/limits-page.tsx'));
const LimiterPage = lazy(() => import('./routes/limiter-page.tsx'));
const ActivitiesPage = lazy(() => import('./routes/activities-page.tsx'));
const ExecutionPage = lazy(() => import('./routes/execution-page.tsx'));

const TRIES = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      // An answer that refuses says the same again; a server that is away may be back.
      retry: (count, error) => error instanceof CallError && error.code === 'Unreachable' && count < TRIES,
    },
  },
});

/** What a notice's link opens needs no session: its token says who decides. */
const LINK = /^\/console\/link\/([^/]+)$/;

export function App(): ReactElement {
  const [, token] = LINK.exec(location.pathname) ?? [];
  if (token !== undefined) {
    return (
      <QueryClientProvider client={queries}>
        <ToastProvider>
          <Suspense fallback={<Loading what="the page" />}>
            <LinkPage token={token} />
          </Suspense>
        </ToastProvider>
      </QueryClientProvider>
    );
  }
  return (
    <QueryClientProvider client={queries}>
      <ToastProvider>
        <SessionProvider signInPage={<SignInPage />}>
          <BrowserRouter basename="/console">
            <Frame>
              <Suspense fallback={<Loading what="the page" />}>
                <Routes>
                  <Route path="/" element={<OverviewPage />} />
                  <Route path="/executions" element={<ExecutionsPage />} />
                  <Route path="/executions/:executionArn" element={<ExecutionPage />} />
                  <Route path="/approvals" element={<ApprovalsPage />} />
                  <Route path="/approvals/:approvalArn" element={<ApprovalPage />} />
                  <Route path="/machines" element={<MachinesPage />} />
                  <Route path="/machines/new" element={<NewMachinePage />} />
                  <Route path="/machines/:stateMachineArn" element={<MachinePage />} />
                  <Route path="/limits" element={<LimitsPage />} />
                  <Route path="/limits/:name" element={<LimiterPage />} />
                  <Route path="/activities" element={<ActivitiesPage />} />
                  <Route path="*" element={<NotFoundPage />} />
                </Routes>
              </Suspense>
            </Frame>
          </BrowserRouter>
        </SessionProvider>
      </ToastProvider>
    </QueryClientProvider>
  );
}
