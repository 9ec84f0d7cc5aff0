import type { Row } from './sessions';

/** Such as `Chromium, Linux`. */
export function deviceOf({ browser, operatingSystem, kind }: Row['device']): string {
  return [browser, operatingSystem].filter(Boolean).join(', ') || `${kind.charAt(0)}${kind.slice(1).toLowerCase()} device`;
}
