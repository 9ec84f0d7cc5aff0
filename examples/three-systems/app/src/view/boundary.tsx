import { Component, type ReactNode } from 'react';

/** In place of a blank page, when a part of it fails. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className="notice-page">
        <h1>This page has failed</h1>
        <p>{error.message}</p>
        <p>Nobody was signed out by that: the sessions are in cookies.</p>
        <button className="button is-main" type="button" onClick={() => location.reload()}>Load the page again</button>
      </main>
    );
  }
}
