import { useEffect, useRef, useState } from 'react';

import { signIn } from '../actions/sign-in';
import type { Demo } from '../model/demo';
import { Field } from './field';
import { MADE_UP_PASSWORD } from './made-up';
import type { Wish } from './stage';
import { textOf, useForm } from './use-form';
import type { Standing } from './use-systems';

interface Props {
  demo: Demo;
  standings: readonly Standing[];
  wish: Wish | null;
  onWishTaken: () => void;
  email: string;
}

/** Signs in at the chosen systems: at those where nobody is, unless somebody chose otherwise. */
export function SignInForm({ demo, standings, wish, onWishTaken, email }: Props) {
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const first = useRef<HTMLInputElement>(null);
  const isChosen = ({ system, isIn }: Standing) => chosen?.has(system.about.clientId) ?? !isIn;
  const systems = standings.filter(isChosen).map(({ system }) => system);
  const form = useForm(async data => {
    if (systems.length === 0) return [{ field: null, words: 'Choose at least one system.' }];
    const complaints = await signIn(demo, systems, { identifier: textOf(data, 'email'), password: textOf(data, 'password') });
    if (complaints.length === 0) setChosen(null);
    return complaints;
  });
  useEffect(() => {
    if (!wish) return;
    setChosen(new Set(wish.clientIds));
    first.current?.focus();
    onWishTaken();
  }, [wish, onWishTaken]);
  const toggle = (standing: Standing) => {
    const { clientId } = standing.system.about;
    const all = new Set(systems.map(({ about }) => about.clientId));
    if (!all.delete(clientId)) all.add(clientId);
    setChosen(all);
  };
  const trouble = form.ofNone();
  return (
    <form className="form" aria-label="Sign in" noValidate onSubmit={form.onSubmit}>
      <Field ref={first} label="E-mail" name="email" type="email" autoComplete="username" defaultValue={email} />
      <Field label="Password" name="password" type="password" autoComplete="current-password" hint={`Of the made-up account: ${MADE_UP_PASSWORD}`} />
      <fieldset className="choices">
        <legend className="hidden">Where</legend>
        {standings.map(standing => (
          <label key={standing.system.about.clientId}>
            <input type="checkbox" checked={isChosen(standing)} onChange={() => toggle(standing)} /> {standing.system.about.name}
          </label>
        ))}
      </fieldset>
      {trouble && <p className="complaint" role="alert">{trouble}</p>}
      <button className="button is-main" type="submit" aria-disabled={form.isBusy || undefined}>Sign in</button>
    </form>
  );
}
