// The editors' colours, to go with theme.css.

export const editorThemes = { light: 'cardea-light', dark: 'cardea-dark' };

const TRANSPARENT = '#00000000';

const light = {
  accent: '#b4570f',
  surface: '#ffffff',
  quiet: '#3b4b6811',
  text: '#3b4a68',
  strongText: '#3b4a68',
  faint: '#a3aec0',
  tokens: {
    comment: '#6c788f',
    keyword: '#b4570f',
    'keyword.json': '#b4570f',
    string: '#2f7d4f',
    'string.value.json': '#2f7d4f',
    'string.key.json': '#27517f',
    number: '#6c4fc4',
    'type.identifier': '#6c4fc4',
    'key.identifier': '#27517f',
    'argument.identifier': '#0e6a78',
  },
};

const dark = {
  accent: '#f2a65a',
  surface: '#212a3b',
  quiet: '#b7c2d711',
  text: '#b7c2d7',
  strongText: '#ffffff',
  faint: '#5d6b85',
  tokens: {
    comment: '#8a98b2',
    keyword: '#f2a65a',
    'keyword.json': '#f2a65a',
    string: '#8fd6a4',
    'string.value.json': '#8fd6a4',
    'string.key.json': '#9ac4f8',
    number: '#b9a7ff',
    'type.identifier': '#b9a7ff',
    'key.identifier': '#9ac4f8',
    'argument.identifier': '#7fd3de',
  },
};

export function defineThemes(editor) {
  editor.defineTheme(editorThemes.light, theme('vs', light));
  editor.defineTheme(editorThemes.dark, theme('vs-dark', dark));
}

function theme(base, { accent, surface, quiet, text, strongText, faint, tokens }) {
  const tint = `${accent}22`;
  return {
    base,
    inherit: true,
    rules: Object.entries(tokens).map(([token, foreground]) => ({ token, foreground })),
    colors: {
      // The page's own surface shines through.
      'editor.background': TRANSPARENT,
      'editor.foreground': text,
      'editorLineNumber.foreground': faint,
      'editorLineNumber.activeForeground': text,
      // One colour for all brackets: in short documents the rainbow says nothing.
      'editorBracketHighlight.foreground1': text,
      'editorBracketHighlight.foreground2': text,
      'editorBracketHighlight.foreground3': text,
      'scrollbar.shadow': TRANSPARENT,
      focusBorder: accent,
      highlight: accent,
      'highlighted.label': accent,
      'textLink.foreground': accent,
      'textLink.activeForeground': accent,
      'editorLink.activeForeground': accent,
      'editorWidget.background': surface,
      'editorWidget.resizeBorder': accent,
      'editorHoverWidget.background': surface,
      'editorSuggestWidget.background': surface,
      'editorSuggestWidget.selectedBackground': tint,
      'editorSuggestWidget.selectedForeground': accent,
      'input.background': quiet,
      'inputOption.hoverBackground': tint,
      'list.hoverBackground': tint,
      'list.highlightForeground': accent,
      'list.focusHighlightForeground': accent,
      'menu.background': surface,
      'menu.selectionBackground': tint,
      'menu.selectionForeground': accent,
      'pickerGroup.foreground': accent,
      'quickInput.background': surface,
      'quickInput.widget': accent,
      'quickInputList.focusBackground': tint,
      'quickInputList.focusForeground': strongText,
      'toolbar.hoverBackground': tint,
    },
  };
}
