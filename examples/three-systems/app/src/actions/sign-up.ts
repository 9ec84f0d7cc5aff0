import type { Demo } from '../model/demo';
import { explain } from '../model/words';
import type { Complaint } from './complaint';
import { signIn, type Credentials } from './sign-in';

const SIGN_UP = `mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) { verificationRequired userErrors { code message field } }
}`;

interface SignUpData {
  signUp: {
    verificationRequired: boolean;
    userErrors: { code: string; message: string; field: string[] | null }[];
  };
}

/** Makes an account, and signs in at all systems. Gives what stood in the way; nothing, if nothing did. */
export async function signUp(demo: Demo, { identifier, password }: Credentials): Promise<Complaint[]> {
  const [first] = demo.systems;
  if (!first) return [];
  try {
    const input = { email: identifier, password };
    const { signUp: { userErrors, verificationRequired } } = await first.client.request<SignUpData>(SIGN_UP, { input });
    if (userErrors.length > 0) return userErrors.map(({ field, message, code }) => ({ field: field?.at(-1) ?? null, words: inWords(code, message) }));
    if (verificationRequired) return [{ field: null, words: 'Look for the e-mail, then sign in.' }];
  } catch (error) {
    return [{ field: null, words: explain(error) }];
  }
  return signIn(demo, demo.systems, { identifier, password });
}

function inWords(code: string, message: string): string {
  if (code === 'TAKEN') return 'There is such an account: sign in, or take another address.';
  if (code === 'PASSWORD_TOO_WEAK') return `${sentence(message)} Take a longer one, of words that don’t belong together.`;
  return sentence(message);
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
}
