import type { RefObject } from 'react';

import { changePassword } from '../actions/change-password';
import type { Demo } from '../model/demo';
import { Button } from './button';
import { Field } from './field';
import { textOf, useForm } from './use-form';

/** Asks for both passwords. The browser puts the focus back where it was when the dialog closes. */
export function PasswordDialog({ demo, dialog }: { demo: Demo; dialog: RefObject<HTMLDialogElement | null> }) {
  const form = useForm(async data => {
    const complaints = await changePassword(demo, { currentPassword: textOf(data, 'current'), newPassword: textOf(data, 'new') });
    if (complaints.length === 0) dialog.current?.close();
    return complaints;
  });
  const trouble = form.ofNone('currentPassword', 'newPassword');
  return (
    <dialog className="dialog" ref={dialog} aria-labelledby="password-title" onClose={event => event.currentTarget.querySelector('form')?.reset()}>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <h2 id="password-title">Change the password</h2>
        <p>Every other session ends by that, here and on other devices.</p>
        <Field label="Current password" name="current" type="password" autoComplete="current-password" complaint={form.of('currentPassword')} />
        <Field label="New password" name="new" type="password" autoComplete="new-password" complaint={form.of('newPassword')} />
        {trouble && <p className="complaint" role="alert">{trouble}</p>}
        <div className="dialog-buttons">
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          <button className="button is-main" type="submit" aria-disabled={form.isBusy || undefined}>Change password</button>
        </div>
      </form>
    </dialog>
  );
}
