import { useId, type InputHTMLAttributes, type Ref } from 'react';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string | undefined;
  /** What is wrong with what it holds. */
  complaint?: string | undefined;
  ref?: Ref<HTMLInputElement>;
}

/** A field that keeps what is typed to itself: forms read it once, when they are sent. */
export function Field({ label, hint, complaint, ...rest }: Props) {
  const id = useId();
  const notes = [hint && `${id}hint`, complaint && `${id}complaint`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-describedby={notes || undefined} aria-invalid={complaint ? true : undefined} {...rest} />
      {hint && <p className="hint" id={`${id}hint`}>{hint}</p>}
      {complaint && <p className="complaint" id={`${id}complaint`}>{complaint}</p>}
    </div>
  );
}
