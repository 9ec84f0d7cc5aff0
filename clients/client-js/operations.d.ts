// Written by `npm run generate` from src/operations.js and schema.graphql.

export type AuthenticationFailureCode = 'INVALID_CREDENTIALS' | 'ACCOUNT_SUSPENDED' | 'TOO_MANY_ATTEMPTS';

export interface ChangePasswordInput {
  currentPassword: string;
  newPassword: string;
}

export type DeviceKind = 'DESKTOP' | 'MOBILE' | 'TABLET' | 'OTHER';

export interface LoginInput {
  identifier: string;
  password: string;
  clientId?: string | null;
  transport?: TokenTransport;
}

export interface LogoutApplicationInput {
  applicationId: string;
}

export interface LogoutEverywhereInput {
  keepCurrent?: boolean;
}

export interface LogoutInput {
  clientId?: string | null;
}

export type RefreshFailureCode = 'MISSING' | 'INVALID' | 'EXPIRED' | 'REUSED' | 'REVOKED';

export interface RefreshSessionInput {
  clientId?: string | null;
  refreshToken?: string | null;
}

export interface RevokeSessionInput {
  sessionId: string;
}

export type SessionEndReason = 'LOGGED_OUT' | 'LOGGED_OUT_OF_APPLICATION' | 'LOGGED_OUT_EVERYWHERE' | 'REVOKED' | 'PASSWORD_CHANGED' | 'SUSPENDED' | 'REFRESH_TOKEN_REUSED' | 'EXPIRED';

export type SessionState = 'ACTIVE' | 'ENDED';

export type TokenTransport = 'COOKIE' | 'BODY';

export type UserErrorCode = 'INVALID' | 'TOO_LONG' | 'TAKEN' | 'PASSWORD_TOO_WEAK' | 'PASSWORD_INCORRECT';

export interface ChangePasswordVariables {
  input: ChangePasswordInput;
}

export type ChangePasswordData = {
  changePassword: {
    endedSessionIds: (string)[];
    tokens: {
      accessToken: string;
      expiresIn: number;
    } | null;
    userErrors: ({
      code: UserErrorCode;
      message: string;
      field: (string)[] | null;
    })[];
  };
};

export interface CurrentSessionVariables {}

export type CurrentSessionData = {
  currentSession: {
    id: string;
  } | null;
};

export interface LoginVariables {
  input: LoginInput;
}

export type LoginData = {
  login: {
    __typename: 'Authenticated';
    tokens: {
      accessToken: string;
      expiresIn: number;
    };
    session: {
      id: string;
    };
    user: {
      id: string;
      subject: string;
      email: string;
      username: string | null;
      displayName: string | null;
    };
  } | {
    __typename: 'AuthenticationFailed';
    code: AuthenticationFailureCode;
    message: string;
    retryAfter: number | null;
  };
};

export interface LogoutVariables {
  input: LogoutInput;
}

export type LogoutData = {
  logout: {
    endedSessionIds: (string)[];
  };
};

export interface LogoutApplicationVariables {
  input: LogoutApplicationInput;
}

export type LogoutApplicationData = {
  logoutApplication: {
    endedSessionIds: (string)[];
  };
};

export interface LogoutEverywhereVariables {
  input: LogoutEverywhereInput;
}

export type LogoutEverywhereData = {
  logoutEverywhere: {
    endedSessionIds: (string)[];
    tokens: {
      accessToken: string;
      expiresIn: number;
    } | null;
  };
};

export interface RefreshVariables {
  input: RefreshSessionInput;
}

export type RefreshData = {
  refreshSession: {
    __typename: 'Refreshed';
    tokens: {
      accessToken: string;
      expiresIn: number;
    };
  } | {
    __typename: 'RefreshFailed';
    code: RefreshFailureCode;
    reason: SessionEndReason | null;
    message: string;
  };
};

export interface RevokeSessionVariables {
  input: RevokeSessionInput;
}

export type RevokeSessionData = {
  revokeSession: {
    endedSessionIds: (string)[];
    userErrors: ({
      code: UserErrorCode;
      message: string;
      field: (string)[] | null;
    })[];
  };
};

export interface SessionsVariables {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
  state?: SessionState | null;
  applicationId?: string | null;
}

export type SessionsData = {
  me: {
    sessions: {
      nodes: ({
        id: string;
        state: SessionState;
        isCurrent: boolean;
        ipAddress: string | null;
        createdAt: string;
        lastActiveAt: string;
        expiresAt: string;
        endedAt: string | null;
        endReason: SessionEndReason | null;
        application: {
          id: string;
          clientId: string;
          name: string;
        };
        device: {
          kind: DeviceKind;
          browser: string | null;
          operatingSystem: string | null;
        };
      })[];
      pageInfo: {
        hasNextPage: boolean;
        hasPreviousPage: boolean;
        startCursor: string | null;
        endCursor: string | null;
      };
    };
  } | null;
};
