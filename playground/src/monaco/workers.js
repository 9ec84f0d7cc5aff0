// Where Monaco finds its workers: files of our own origin, because the page's policy allows no blob.
import GraphqlWorker from 'monaco-graphql/esm/graphql.worker.js?worker';
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker';

globalThis.MonacoEnvironment = {
  getWorker(_module, label) {
    // The JSON worker contains the plain editor's worker and does its work too: one file less to carry.
    return label === 'graphql' ? new GraphqlWorker() : new JsonWorker();
  },
};
