import type { ReactElement, ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Button } from './button.tsx';

export interface MenuEntry {
  readonly id: string;
  readonly text: string;
  readonly onAction: () => void;
}

export function MenuButton({
  children,
  entries,
}: {
  children: ReactNode;
  entries: readonly MenuEntry[];
}): ReactElement {
  return (
    <MenuTrigger>
      <Button icon="down">{children}</Button>
      <Popover>
        <AriaMenu className="menu">
          {entries.map(({ id, text, onAction }) => (
            <MenuItem key={id} id={id} className="menu-item" textValue={text} onAction={onAction}>
              {text}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
