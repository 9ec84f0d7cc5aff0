// Sends what GraphiQL wants to run, as one POST, and hands back the answer's JSON.

// `application/json` on purpose: under this media type GraphQL over HTTP answers a well-formed request with 200 and tells
// of a refusal in `errors`, which is what the page shows. Under `application/graphql-response+json` a refused token is an
// HTTP 401, and the browser would log each one as a failure of the page.
const MEDIA_TYPE = 'application/json';

export function createFetcher(endpoint) {
  return async ({ query, operationName, variables }, options) => {
    // Headers, not an object: a user's own `Accept` or `ACCEPT` then replaces ours instead of joining it.
    const headers = new Headers({ accept: MEDIA_TYPE, 'content-type': 'application/json' });
    for (const [name, value] of Object.entries(options?.headers ?? {})) {
      headers.set(name, value);
    }
    const response = await fetch(endpoint, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, operationName, variables }),
    });
    return readJson(response);
  };
}

async function readJson(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page, say. The first lines tell more than "unexpected token <".
    throw new Error(`HTTP ${response.status} ${response.statusText}, and not JSON: ${text.slice(0, 500)}`);
  }
}
