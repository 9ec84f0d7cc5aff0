// Keeps Monaco in step when the system changes between light and dark: GraphiQL tells it only when the page opens.
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

export function FollowSystemTheme() {
  const chosen = useGraphiQL(state => state.theme);
  const { setTheme } = useGraphiQLActions();

  useEffect(() => {
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setTheme(chosen);
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, [chosen, setTheme]);

  return null;
}
