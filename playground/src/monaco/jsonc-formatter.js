// Stands in for Prettier's Babel and ESTree plugins, which GraphiQL loads for nothing but to format JSON with comments:
// half a megabyte of JavaScript parser. jsonc-parser is on the page anyway.
import { applyEdits, format } from 'jsonc-parser';

const INDENT = { insertSpaces: true, tabSize: 2 };

export const parsers = {
  jsonc: {
    astFormat: 'formatted-jsonc',
    parse: text => ({ text: applyEdits(text, format(text, undefined, INDENT)) }),
    locStart: () => 0,
    locEnd: node => node.text.length,
  },
};

export const printers = {
  'formatted-jsonc': { print: path => path.node.text },
};
