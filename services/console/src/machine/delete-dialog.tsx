import type { ReactElement, ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { nameOf } from '../ui/format.ts';

interface DeleteDialogProps {
  readonly arn: string;
  readonly onDelete: () => void;
  readonly onClose: () => void;
  /** What follows from it. */
  readonly children: ReactNode;
}

/** Asks before something goes that cannot be brought back. */
export function DeleteDialog({ arn, onDelete, onClose, children }: DeleteDialogProps): ReactElement {
  const confirm = (): void => {
    onClose();
    onDelete();
  };
  return (
    <Dialog title={`Delete ${nameOf(arn)}?`} isOpen onClose={onClose}>
      <p>{children}</p>
      <div className="actions">
        <Button kind="danger" onPress={confirm}>
          Delete it
        </Button>
        <Button onPress={onClose}>Keep it</Button>
      </div>
    </Dialog>
  );
}
