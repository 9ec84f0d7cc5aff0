// Stands in for monaco-graphql/esm/monaco-editor.js: the same editor with its two languages, plus our themes, which must
// be known before GraphiQL makes the first editor.
import 'monaco-editor/esm/vs/basic-languages/graphql/graphql.contribution.js';
import 'monaco-editor/esm/vs/language/json/monaco.contribution.js';
import { editor } from 'monaco-editor/esm/vs/editor/edcore.main.js';

import { defineThemes } from './themes.js';

defineThemes(editor);

export * from 'monaco-editor/esm/vs/editor/edcore.main.js';
