import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

interface Props {
  names: readonly string[];
  chosen: string;
  onChoose: (name: string) => void;
  /** What belongs to the chosen one. */
  children: ReactNode;
}

/** Tabs as the ARIA authoring practices have them: arrows go from one to the next, and the chosen one alone is in the tab order. */
export function Tabs({ names, chosen, onChoose, children }: Props) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };
    const by = steps[event.key];
    if (by === undefined) return;
    const next = (names.indexOf(chosen) + by + names.length) % names.length;
    onChoose(names[next] ?? chosen);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div className="tabs">
      <div role="tablist" ref={list} onKeyDown={step}>
        {names.map(name => (
          <button key={name} type="button" role="tab" id={`${id}${name}`} aria-selected={name === chosen} aria-controls={`${id}panel`}
            tabIndex={name === chosen ? 0 : -1} onClick={() => onChoose(name)}>{name}</button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}panel`} aria-labelledby={`${id}${chosen}`}>{children}</div>
    </div>
  );
}
