// The README's first five minutes, ready to run, and what docs/logout.md adds. Keep them in step.

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

# 4. Refresh: new tokens, for the refresh token in a cookie
#    that no script can read.
mutation Refresh {
  refreshSession {
    __typename
    ... on Refreshed { tokens { accessToken expiresIn } }
    ... on RefreshFailed { code message }
  }
}

# 5. Where am I signed in? (Log in from another browser.)
query Sessions {
  me {
    sessions {
      nodes {
        id isCurrent createdAt
        application { clientId }
        device { kind browser operatingSystem }
      }
    }
  }
}

# 6. End all other sessions. This one goes on with the
#    accessToken of the answer: the one before is dead, too.
mutation LogoutElsewhere {
  logoutEverywhere(input: { keepCurrent: true }) {
    endedSessionIds
    tokens { accessToken expiresIn }
  }
}

# 7. Log out. Then run Me once more: the token is dead.
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
