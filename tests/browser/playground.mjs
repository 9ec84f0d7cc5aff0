// The playground as its user handles it: the run button's menu, the editors' keyboard, the clipboard.

export class Playground {
  constructor(page) {
    this.page = page;
  }

  /** Opens the page and waits until it can be used: editors made, schema fetched. */
  async open(url) {
    const schema = this.page.waitForResponse(response => operationOf(response) === 'IntrospectionQuery');
    const document = await this.page.goto(url);
    await schema;
    await this.page.locator('.graphiql-query-editor .view-line').first().waitFor();
    return document;
  }

  /** Chooses an operation from the run button's menu; gives the answer as the result pane shows it. */
  async run(operation) {
    const answered = this.page.waitForResponse(response => operationOf(response) === operation);
    await this.page.getByRole('button', { name: /^Execute query/ }).click();
    await this.page.getByRole('menuitem', { name: operation, exact: true }).click();
    await answered;
    return JSON.parse(await this.settledText('.result-window', text => text.endsWith('}')));
  }

  /** Pastes `text` over the request headers. Typed, it would meet the editor's own closing brackets and indents. */
  async pasteHeaders(text) {
    await this.showHeaders();
    await this.focus('.graphiql-editor-tool');
    await this.page.evaluate(text => navigator.clipboard.writeText(text), text);
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('ControlOrMeta+V');
  }

  async headers() {
    await this.showHeaders();
    return this.text('.graphiql-editor-tool');
  }

  async showHeaders() {
    await this.page.getByRole('button', { name: 'Headers', exact: true }).click();
  }

  /** The whole text of the editor inside `place`: selected, copied, and read from the clipboard. */
  async text(place) {
    await this.focus(place);
    // What an earlier call has copied must not pass for this one's text: an empty editor copies nothing.
    await this.page.evaluate(() => navigator.clipboard.writeText(''));
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('ControlOrMeta+C');
    return (await this.page.evaluate(() => navigator.clipboard.readText())).replaceAll('\r\n', '\n').trim();
  }

  /** As `text`, once it is as `expected`: what the server answered takes a moment to be shown. */
  async settledText(place, expected) {
    const deadline = Date.now() + 15_000;
    let text;
    do {
      text = await this.text(place);
      if (expected(text)) return text;
      await this.page.waitForTimeout(50);
    } while (Date.now() < deadline);
    throw new Error(`${place} shows ${JSON.stringify(text)}`);
  }

  async focus(place) {
    await this.page.locator(`${place} .monaco-editor:visible`).first().click();
  }
}

function operationOf(response) {
  const request = response.request();
  return request.method() === 'POST' ? request.postDataJSON()?.operationName : undefined;
}
