// Stands in for monaco-graphql/esm/lite.js: the same mode without its formatter, which would carry a second Prettier
// into the worker. GraphiQL's own "Prettify" formats.
import { initializeMode as initialize } from 'monaco-graphql/esm/initialize.js';

export { LANGUAGE_ID } from 'monaco-graphql/esm/initialize.js';

export function initializeMode(settings) {
  return initialize({ ...settings, modeConfiguration: { documentFormattingEdits: false } });
}
