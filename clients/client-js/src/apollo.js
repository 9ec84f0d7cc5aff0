// The access token for Apollo Client's queries and mutations.
import { ApolloLink, Observable } from '@apollo/client';

/** @type {typeof import('../apollo.js').cardeaLink} */
export function cardeaLink(cardea) {
  return new ApolloLink((operation, forward) => {
    // Subscriptions show their token to the socket.
    if (operation.query.definitions.some(definition => 'operation' in definition && definition.operation === 'subscription')) return forward(operation);
    return new Observable(observer => {
      let stop = () => {};
      let isStopped = false;
      /** @param {string | null} token @returns {Promise<ApolloLink.Result>} */
      const send = token => new Promise((resolve, reject) => {
        if (isStopped) return;
        operation.setContext(({ headers: { authorization, ...headers } = {} }) => ({ headers: token ? { ...headers, authorization: `Bearer ${token}` } : headers }));
        const subscription = forward(operation).subscribe({ next: resolve, error: reject, complete: () => reject(new Error('the link behind gave no result')) });
        stop = () => subscription.unsubscribe();
      });
      cardea.authorize(send).then(
        result => {
          observer.next(result);
          observer.complete();
        },
        error => observer.error(error),
      );
      return () => {
        isStopped = true;
        stop();
      };
    });
  });
}
