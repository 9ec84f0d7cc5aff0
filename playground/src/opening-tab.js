// The README's first five minutes, ready to run. Keep the two in step.

export const operations = `# Cardea: the first five minutes.
#
# Choose an operation from the run button's menu,
# or put the cursor into one and press Ctrl-Enter
# (Cmd-Enter on a Mac).

# 1. Make an account. Its data: Variables, below.
mutation SignUp($account: SignUpInput!) {
  signUp(input: $account) {
    verificationRequired
    userErrors { code message field }
  }
}

# 2. Log in, with the e-mail address or the username.
mutation Login($credentials: LoginInput!) {
  login(input: $credentials) {
    __typename
    ... on Authenticated {
      tokens { accessToken expiresIn }
      user { email }
    }
    ... on AuthenticationFailed {
      code message retryAfter
    }
  }
}

# 3. Who am I? Null, until the accessToken of Login
#    stands in Headers, below.
query Me {
  me { id email username displayName }
  currentSession { id createdAt expiresAt }
}

# 4. Log out. Then run Me once more: the token is dead.
mutation Logout {
  logout { endedSessionIds }
}
`;

// The passphrase is long enough for the password policy, and known enough that nobody takes it for a secret.
export const variables = `{
  "account": {
    "email": "ada@example.com",
    "username": "ada",
    "displayName": "Ada Lovelace",
    "password": "correct horse battery staple"
  },
  "credentials": {
    "identifier": "ada@example.com",
    "password": "correct horse battery staple"
  }
}
`;

// A comment, not a value: GraphiQL reads JSON with comments, and a made-up token would make every `me` fail.
export const headersHint = `{
  // After Login, put the accessToken here:
  // "Authorization": "Bearer ..."
}
`;
