import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Empty, PageHead } from '../ui/parts.tsx';

export function NotFoundPage(): ReactElement {
  return (
    <>
      <PageHead title="There is no such page" document="Not found" />
      <Empty title="The address leads nowhere.">
        <Link to="/executions">All executions</Link>
      </Empty>
    </>
  );
}
