import { signUp } from '../actions/sign-up';
import type { Demo } from '../model/demo';
import { Field } from './field';
import { MADE_UP_PASSWORD } from './made-up';
import { textOf, useForm } from './use-form';

/** One click is enough: the address is made up, and the password is a good one. */
export function SignUpForm({ demo, email }: { demo: Demo; email: string }) {
  const form = useForm(data => signUp(demo, { identifier: textOf(data, 'email'), password: textOf(data, 'password') }));
  const trouble = form.ofNone('email', 'password');
  return (
    <form className="form" aria-label="Sign up" noValidate onSubmit={form.onSubmit}>
      <Field label="E-mail" name="email" type="email" autoComplete="username" defaultValue={email} complaint={form.of('email')} />
      <Field label="Password" name="password" type="password" autoComplete="new-password" defaultValue={MADE_UP_PASSWORD}
        complaint={form.of('password')} hint={`Made up: ${MADE_UP_PASSWORD}`} />
      {trouble && <p className="complaint" role="alert">{trouble}</p>}
      <button className="button is-main" type="submit" aria-disabled={form.isBusy || undefined}>Sign up and sign in everywhere</button>
    </form>
  );
}
