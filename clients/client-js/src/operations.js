// What this client asks of the server. `npm run generate` writes operations.d.ts from these and schema.graphql.

export const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on Authenticated {
      tokens { accessToken expiresIn }
      session { id }
      user { id subject email username displayName }
    }
    ... on AuthenticationFailed { code message retryAfter }
  }
}`;

export const REFRESH = `mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on Refreshed { tokens { accessToken expiresIn } }
    ... on RefreshFailed { code reason message }
  }
}`;

export const LOGOUT = `mutation Logout($input: LogoutInput!) {
  logout(input: $input) { endedSessionIds }
}`;

export const LOGOUT_EVERYWHERE = `mutation LogoutEverywhere($input: LogoutEverywhereInput!) {
  logoutEverywhere(input: $input) { endedSessionIds tokens { accessToken expiresIn } }
}`;

export const LOGOUT_APPLICATION = `mutation LogoutApplication($input: LogoutApplicationInput!) {
  logoutApplication(input: $input) { endedSessionIds }
}`;

export const REVOKE_SESSION = `mutation RevokeSession($input: RevokeSessionInput!) {
  revokeSession(input: $input) { endedSessionIds userErrors { code message field } }
}`;

export const CHANGE_PASSWORD = `mutation ChangePassword($input: ChangePasswordInput!) {
  changePassword(input: $input) { endedSessionIds tokens { accessToken expiresIn } userErrors { code message field } }
}`;

export const SESSIONS = `query Sessions($first: Int, $after: String, $last: Int, $before: String, $state: SessionState, $applicationId: ID) {
  me {
    sessions(first: $first, after: $after, last: $last, before: $before, state: $state, applicationId: $applicationId) {
      nodes {
        id state isCurrent ipAddress createdAt lastActiveAt expiresAt endedAt endReason
        application { id clientId name }
        device { kind browser operatingSystem }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

export const CURRENT_SESSION = `query CurrentSession {
  currentSession { id }
}`;
