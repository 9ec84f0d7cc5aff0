// The page: GraphiQL, pointed at Cardea, with the README's first five minutes in its opening tab.
import './monaco/workers.js';

import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './fonts.css';
import './theme.css';

import { createFetcher } from './fetcher.js';
import { Logo } from './logo.jsx';
import { editorThemes } from './monaco/themes.js';
import { headersHint, operations, variables } from './opening-tab.js';
import { forgetfulStorage } from './storage.js';
import { FollowSystemTheme } from './system-theme.jsx';
import { TokenFooter } from './token-footer.jsx';

const endpoint = document.querySelector('meta[name="cardea-graphql-endpoint"]')?.content || '/graphql';

// Outside the component: GraphiQL asks for the schema anew whenever it sees another fetcher.
const fetcher = createFetcher(endpoint);
const storage = forgetfulStorage(window.localStorage);

function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      shouldPersistHeaders={false}
      initialQuery={operations}
      initialVariables={variables}
      defaultHeaders={headersHint}
      defaultEditorToolsVisibility="variables"
      editorTheme={editorThemes}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      plugins={[HISTORY_PLUGIN]}
    >
      <GraphiQL.Logo>
        <Logo />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <TokenFooter />
      </GraphiQL.Footer>
      <FollowSystemTheme />
    </GraphiQL>
  );
}

// Monaco measures its font once, when an editor is made: a font that arrives later leaves the cursor beside its letters.
// A font that does not arrive at all is no reason to show nothing.
document.fonts
  .load('15px "Fira Code"')
  .catch(() => {})
  .then(() => createRoot(document.getElementById('playground')).render(<Playground />));
