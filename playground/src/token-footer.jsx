// Under an answer that brings an access token: one button that puts it into the request headers of this tab.
import { Button, pick, useGraphiQL } from '@graphiql/react';
import { applyEdits, modify } from 'jsonc-parser';

import { headersHint } from './opening-tab.js';

const ACCESS_TOKEN = /"accessToken": "([^"]+)"/;
const INDENT = { formattingOptions: { insertSpaces: true, tabSize: 2 } };

export function TokenFooter() {
  const { tabs, activeTabIndex, headerEditor } = useGraphiQL(pick('tabs', 'activeTabIndex', 'headerEditor'));
  const tab = tabs[activeTabIndex];
  const token = tab?.response?.match(ACCESS_TOKEN)?.[1];
  if (!token || !headerEditor) return null;

  const authorization = `Bearer ${token}`;
  if (tab.headers?.includes(authorization)) {
    return <p className="cardea-token">The token is in this tab’s headers. Run Me.</p>;
  }

  function useToken() {
    const headers = headerEditor.getValue();
    headerEditor.setValue(withHeader(headers, 'Authorization', authorization));
    // GraphiQL has no call for choosing the tool; its tab does it, and shows the user what has been filled in.
    document.querySelector('.graphiql-editor-tools [data-name="headers"]')?.click();
  }

  return (
    <p className="cardea-token">
      <Button type="button" onClick={useToken}>
        Use this token
      </Button>
      Puts it into this tab’s headers.
    </p>
  );
}

// Edits the text, so that other headers and comments stay. The hint has done its work and goes.
function withHeader(text, name, value) {
  const before = text === headersHint ? '{}' : text;
  try {
    return applyEdits(before, modify(before, [name], value, INDENT));
  } catch {
    // Not an object, so no headers either: nothing is lost.
    return JSON.stringify({ [name]: value }, null, 2);
  }
}
