/** Of the account that the page proposes. No secret: who runs the demo can read it here. */
export const MADE_UP_PASSWORD = 'correct horse battery staple';
