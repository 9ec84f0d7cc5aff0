// A page that signs in and out, and all that the package offers to it.
import { CardeaError, createClient } from '@cardea/client';
import type { AuthenticationFailureCode, Client, LoginOutcome, LogoutOutcome, Options, SessionsData, State } from '@cardea/client';
import { orders } from './orders.ts';

const show = (id: string, text: string) => document.querySelector<HTMLElement>(`#${id}`)?.append(text);

const options: Options = {
  url: '/graphql',
  clientId: 'shop',
  timeoutSeconds: 5,
  onFault: ({ code, retryAfter, scope, isPassing }) => show('faults', [code, retryAfter ?? 0, scope ?? '', isPassing].join(' ')),
};
const cardea: Client = createClient(options);

const words: Record<State['status'], string> = { unknown: 'not known yet', in: 'signed in', out: 'signed out' };
const unsubscribe: () => void = cardea.subscribe(({ status, userId, reason, fault, logoutPending }) => {
  document.querySelector<HTMLElement>('#state')?.replaceChildren(words[status], ' ', userId ?? reason ?? fault?.code ?? '', logoutPending ? '…' : '');
});

function told(outcome: LoginOutcome): string {
  if (outcome.__typename === 'Authenticated') return outcome.user.username ?? `${outcome.user.email} in ${outcome.session.id}`;
  const code: AuthenticationFailureCode = outcome.code;
  switch (code) {
    case 'TOO_MANY_ATTEMPTS': return `wait ${outcome.retryAfter ?? 60} s`;
    case 'INVALID_CREDENTIALS':
    case 'ACCOUNT_SUSPENDED': return outcome.message;
  }
}

async function devices(): Promise<string[]> {
  const { nodes, pageInfo } = await cardea.sessions({ first: 10, state: 'ACTIVE' });
  const named = nodes.filter(({ isCurrent, endedAt }) => !isCurrent && endedAt === null)
    .map(({ application, device, lastActiveAt }) => `${application.name}: ${device.browser ?? device.kind}, ${new Date(lastActiveAt).toISOString()}`);
  return pageInfo.hasNextPage ? [...named, '…'] : named;
}

type Session = NonNullable<SessionsData['me']>['sessions']['nodes'][number];
const end = async ({ id, application }: Session, isAll: boolean): Promise<string[]> => {
  const { endedSessionIds } = isAll ? await cardea.logoutApplication(application.id) : await cardea.revokeSession(id);
  return endedSessionIds;
};

async function change(currentPassword: string, newPassword: string): Promise<string | null> {
  const { userErrors: [error], endedSessionIds } = await cardea.changePassword({ currentPassword, newPassword });
  return error ? `${error.field?.join('.') ?? ''} ${error.code}` : `${endedSessionIds.length} others`;
}

async function leave(isEverywhere: boolean): Promise<string> {
  const { confirmed, fault }: LogoutOutcome = isEverywhere ? await cardea.logoutEverywhere() : await cardea.logout();
  await cardea.logoutEverywhere({ keepCurrent: true });
  return confirmed ? 'confirmed' : fault?.message ?? 'not confirmed';
}

async function name(signal: AbortSignal): Promise<string | null> {
  const { me } = await cardea.request<{ me: { displayName: string | null } | null }>('query Me { me { displayName } }', {}, { signal });
  return me?.displayName ?? null;
}

async function login(form: HTMLFormElement): Promise<string> {
  const fields = new FormData(form);
  try {
    return told(await cardea.login({ identifier: String(fields.get('identifier')), password: String(fields.get('password')) }));
  } catch (error) {
    if (error instanceof CardeaError) return error.isPassing ? 'not now' : `${error.code} ${error.status} ${error.errors.length}`;
    throw error;
  }
}

document.querySelector<HTMLFormElement>('#login')?.addEventListener('submit', async event => {
  event.preventDefault();
  show('outcome', await login(event.currentTarget as HTMLFormElement));
});
addEventListener('beforeunload', () => { unsubscribe(); cardea.close(); });

export const actions = { devices, end, change, leave, name, orders: () => orders(cardea), token: (): Promise<string | null> => cardea.token() };
await cardea.start();
