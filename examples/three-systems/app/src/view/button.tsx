import type { ReactNode } from 'react';

interface Props {
  children: ReactNode;
  onClick: () => void;
  /** Can't be used now. It keeps the focus that it has, as `disabled` would not. */
  isOff?: boolean;
  kind?: 'main' | 'plain' | 'quiet';
  label?: string;
}

export function Button({ children, onClick, isOff = false, kind = 'plain', label }: Props) {
  return (
    <button type="button" className={`button is-${kind}`} aria-disabled={isOff || undefined} aria-label={label} onClick={isOff ? undefined : onClick}>
      {children}
    </button>
  );
}
