import { useEffect, useState } from 'react';

import type { Demo } from '../model/demo';
import { SignInForm } from './sign-in-form';
import { SignUpForm } from './sign-up-form';
import type { Wish } from './stage';
import { Tabs } from './tabs';
import type { Standing } from './use-systems';

interface Props {
  demo: Demo;
  standings: readonly Standing[];
  wish: Wish | null;
  onWishTaken: () => void;
  /** Who was signed in last. */
  email: string | null;
}

/** Both ways in, as long as nobody is; the way in to the other systems, when somebody is in at some. */
export function Entrance({ demo, standings, wish, onWishTaken, email }: Props) {
  const [tab, setTab] = useState<string | null>(null);
  const [madeUp] = useState(() => `ada.${Math.random().toString(36).slice(2, 7)}@example.com`);
  useEffect(() => {
    if (wish) setTab('Sign in');
  }, [wish]);
  const signIn = <SignInForm key={email} demo={demo} standings={standings} wish={wish} onWishTaken={onWishTaken} email={email ?? ''} />;
  if (standings.some(({ isIn }) => isIn)) return signIn;
  const chosen = tab ?? (email === null ? 'Sign up' : 'Sign in');
  return (
    <Tabs names={['Sign up', 'Sign in']} chosen={chosen} onChoose={setTab}>
      {chosen === 'Sign up' ? <SignUpForm demo={demo} email={madeUp} /> : signIn}
    </Tabs>
  );
}
