import type { Client } from '@cardea/client';

/** Whose session a client holds, and at which application: what the tokens' claims don't say. */
export interface Who {
  readonly email: string;
  /** Of the session, as the list of sessions has it. */
  readonly sessionId: string;
  readonly applicationId: string;
}

const WHO = `query Who {
  me { email }
  currentSession { id application { id } }
}`;

interface WhoData {
  me: { email: string } | null;
  currentSession: { id: string; application: { id: string } } | null;
}

/** Null, if nobody is signed in. @throws {CardeaError} */
export async function askWho(client: Client): Promise<Who | null> {
  const { me, currentSession } = await client.request<WhoData>(WHO);
  if (!me || !currentSession) return null;
  return { email: me.email, sessionId: currentSession.id, applicationId: currentSession.application.id };
}
