// What GraphiQL may keep in the browser: how the page looks, and nothing that anybody typed or received.

// GraphiQL stores queries, variables and its history. Here these hold passwords and tokens, and localStorage is readable
// by every script of the origin, for ever. So all but these keys live as long as the page does.
const KEPT = new Set([
  'graphiql:theme',
  'graphiql:visiblePlugin',
  'graphiql:docExplorerFlex',
  'graphiql:editorFlex',
  'graphiql:secondaryEditorFlex',
]);

export function forgetfulStorage(lasting) {
  const page = new Map();
  return {
    get length() {
      return page.size;
    },
    getItem(key) {
      return KEPT.has(key) ? lasting.getItem(key) : (page.get(key) ?? null);
    },
    setItem(key, value) {
      if (KEPT.has(key)) {
        lasting.setItem(key, value);
      } else {
        page.set(key, value);
      }
    },
    removeItem(key) {
      page.delete(key);
      if (KEPT.has(key)) lasting.removeItem(key);
    },
    clear() {
      page.clear();
      KEPT.forEach(key => lasting.removeItem(key));
    },
  };
}
