import { useEffect, useRef, type FocusEvent } from 'react';

/** When what has the focus goes away with a change of `state`, the focus is put at `place`: else it would begin anew at the top of the page. */
export function useKeptFocus(state: unknown) {
  const place = useRef<HTMLHeadingElement>(null);
  const isWithin = useRef(false);
  useEffect(() => {
    if (isWithin.current && document.activeElement === document.body) place.current?.focus();
  }, [state]);
  const on = {
    onFocus: () => {
      isWithin.current = true;
    },
    // What is taken out of the page while it has the focus leaves it to nobody.
    onBlur: ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget) isWithin.current = false;
    },
  };
  return { place, on };
}
