import { type ReactElement, type ReactNode, useEffect, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { copyText } from './clipboard.ts';
import { Icon, type IconName } from './icon.tsx';

export interface ButtonProps {
  readonly children?: ReactNode;
  readonly icon?: IconName;
  /** What it does, where no text says so. */
  readonly label?: string;
  readonly kind?: 'primary' | 'danger' | 'plain';
  readonly size?: 'small';
  readonly isDisabled?: boolean;
  readonly type?: 'submit';
  readonly onPress?: () => void;
}

export function Button({ children, icon, label, kind, size, isDisabled, type, onPress }: ButtonProps): ReactElement {
  return (
    <AriaButton
      className="button"
      data-kind={kind}
      data-size={size}
      type={type ?? 'button'}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(isDisabled === undefined ? {} : { isDisabled })}
      {...(onPress === undefined ? {} : { onPress })}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
}

const COPIED_MS = 1_500;

/** Copies a text to the clipboard, and says that it did. */
export function CopyButton({
  text,
  what,
  children,
}: {
  text: string;
  what: string;
  children?: ReactNode;
}): ReactElement {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (): void => {
    copyText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <Button size="small" kind="plain" icon={isCopied ? 'check' : 'copy'} label={`Copy ${what}`} onPress={copy}>
      {children ?? (isCopied ? 'Copied' : 'Copy')}
    </Button>
  );
}
