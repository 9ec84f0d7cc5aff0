// The access token for urql's queries and mutations.
import { makeErrorResult, makeOperation } from '@urql/core';
import { filter, fromPromise, fromValue, makeSubject, merge, mergeMap, pipe, share, takeUntil } from 'wonka';

/**
 * @typedef {import('@urql/core').Operation} Operation
 * @typedef {import('@urql/core').OperationResult} OperationResult
 * @typedef {{ token: string | null, isLast: boolean }} Shown
 */

/** @type {typeof import('../urql.js').cardeaExchange} */
export function cardeaExchange(cardea) {
  return ({ forward }) => incoming => {
    const operations = share(incoming);
    /** @type {import('wonka').Subject<Operation>} */
    const again = makeSubject();
    /** @type {import('wonka').Subject<OperationResult>} */
    const failed = makeSubject();
    const isOurs = (/** @type {Operation} */ { kind }) => kind === 'query' || kind === 'mutation';

    const authorized = pipe(
      merge([filter(isOurs)(operations), again.source]),
      mergeMap(operation => pipe(
        fromPromise(prepared(cardea, operation).catch(error => {
          failed.next(makeErrorResult(operation, error));
          return null;
        })),
        takeUntil(filter((/** @type {Operation} */ { kind, key }) => kind === 'teardown' && key === operation.key)(operations)),
      )),
      filter(operation => operation !== null),
    );
    const others = filter((/** @type {Operation} */ operation) => !isOurs(operation))(operations);

    const results = pipe(
      forward(merge([authorized, others])),
      mergeMap(result => (isOurs(result.operation) ? fromPromise(judged(cardea, result, again.next)) : fromValue(result))),
      filter(result => result !== null),
    );
    return merge([results, failed.source]);
  };
}

/**
 * @param {import('../index.js').Client} cardea
 * @param {Operation} operation
 */
async function prepared(cardea, operation) {
  const token = await cardea.token();
  const { context } = operation;
  const options = typeof context.fetchOptions === 'function' ? context.fetchOptions() : context.fetchOptions ?? {};
  const headers = new Headers(options.headers);
  if (token) headers.set('authorization', `Bearer ${token}`);
  else headers.delete('authorization');
  const cardeaToken = { token, isLast: context.cardeaToken !== undefined };
  return makeOperation(operation.kind, operation, { ...context, cardeaToken, fetchOptions: { ...options, headers: Object.fromEntries(headers) } });
}

/**
 * The result, unless it is to be asked again.
 * @param {import('../index.js').Client} cardea
 * @param {OperationResult} result
 * @param {(operation: Operation) => void} again
 */
async function judged(cardea, result, again) {
  const { token, isLast } = /** @type {Shown} */ (result.operation.context.cardeaToken);
  try {
    const errors = /** @type {import('../index.js').GraphqlError[] | undefined} */ (result.error?.graphQLErrors);
    if (!await cardea.mends(errors, token, { isLast })) return result;
    again(result.operation);
    return null;
  } catch (error) {
    return makeErrorResult(result.operation, /** @type {Error} */ (error));
  }
}
