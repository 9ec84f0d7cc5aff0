// How the page is built. Run it through `npm run build`, which also packs the result.
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vite';

import { noteLicences, writeLicences } from './build/licences.js';

const standIn = name => fileURLToPath(new URL(`./src/monaco/${name}`, import.meta.url));

export default defineConfig({
  base: '/assets/playground/',
  build: {
    assetsDir: '',
    // Fonts and pictures as files: a data URI is fetched anew with every change of the style sheet around it.
    assetsInlineLimit: 0,
    // Each browser that runs this page knows modulepreload.
    modulePreload: { polyfill: false },
    // Monaco alone is more than the default limit.
    chunkSizeWarningLimit: 4096,
    reportCompressedSize: false,
    rolldownOptions: {
      // "use client" marks mean nothing outside a server-rendering framework.
      checks: { moduleLevelDirective: false },
    },
  },
  resolve: {
    // Each of these files says at its top what it stands in for, and why.
    alias: [
      { find: /^monaco-graphql\/esm\/monaco-editor(\.js)?$/, replacement: standIn('editor.js') },
      { find: /^monaco-graphql\/esm\/lite(\.js)?$/, replacement: standIn('graphql-mode.js') },
      { find: /^prettier\/(plugins\/estree|parser-babel)$/, replacement: standIn('jsonc-formatter.js') },
      // Two names of one file, which would be bundled twice.
      { find: 'prettier/parser-graphql', replacement: 'prettier/plugins/graphql' },
    ],
  },
  plugins: [writeLicences()],
  worker: {
    plugins: () => [noteLicences(), withoutPrettier()],
  },
});

// The GraphQL worker's formatter is switched off (src/monaco/graphql-mode.js): leave its Prettier out.
function withoutPrettier() {
  const EMPTY = '\0without-prettier';
  return {
    name: 'without-prettier',
    enforce: 'pre',
    resolveId: id => (id.startsWith('prettier/') ? EMPTY : null),
    load: id => (id === EMPTY ? 'export {}' : null),
  };
}
