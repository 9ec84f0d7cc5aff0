// The server under test, spoken to with nothing but fetch; and people who sign up there.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

if (!process.env.CARDEA_URL) throw new Error('CARDEA_URL must name a running server, such as http://127.0.0.1:8080');

export const origin = new URL(process.env.CARDEA_URL).origin;
export const endpoint = `${origin}/graphql`;

export const SIGN_UP = 'mutation SignUp($input: SignUpInput!) { signUp(input: $input) { userErrors { code message } } }';
export const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) {
    ... on Authenticated { tokens { accessToken expiresIn } user { email } }
    ... on AuthenticationFailed { code }
  }
}`;
export const ME = 'query Me { me { email } }';
export const LOGOUT = 'mutation Logout { logout { endedSessionIds } }';

/** Somebody whom the server does not know yet. */
export function stranger() {
  const email = `${randomBytes(6).toString('hex')}@example.com`;
  return { email, password: `violet kettle ${randomBytes(6).toString('hex')}` };
}

/** What the server says of an operation: the HTTP response, and its body as JSON. */
export async function ask(query, { variables, token, accept = 'application/graphql-response+json' } = {}) {
  const headers = { 'content-type': 'application/json', accept };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  return { response, body: await response.json() };
}

/** Somebody with an account. */
export async function signUp(person = stranger()) {
  const { body } = await ask(SIGN_UP, { variables: { input: person } });
  assert.deepEqual(body, { data: { signUp: { userErrors: [] } } });
  return person;
}

/** The variables with which somebody signs in. */
export function credentials({ email, password }) {
  return { input: { identifier: email, password } };
}

/** An access token of somebody with an account. */
export async function signIn(person) {
  const { body } = await ask(LOGIN, { variables: credentials(person) });
  const token = body.data?.login.tokens?.accessToken;
  assert.ok(token, `no token in ${JSON.stringify(body)}`);
  return token;
}

/** Whether a GraphQL error says that the caller has to sign in (again). */
export function isUnauthenticated(error) {
  return error.extensions?.code === 'UNAUTHENTICATED';
}
