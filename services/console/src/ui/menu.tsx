import type { ReactElement, ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Button } from './button.tsx';

export interface MenuEntry {
  readonly id: string;
  readonly text: string;
  readonly onAction: () => void;
}

export interface MenuButtonProps {
  readonly children: ReactNode;
  readonly entries: readonly MenuEntry[];
  readonly size?: 'small';
}

export function MenuButton({ children, entries, size }: MenuButtonProps): ReactElement {
  return (
    <MenuTrigger>
      <Button icon="down" {...(size === undefined ? {} : { size })}>
        {children}
      </Button>
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
