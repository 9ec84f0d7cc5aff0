/** What one sees, in one sentence. */
export function Header() {
  return (
    <header className="header">
      <Mark />
      <div>
        <h1>One logout, three systems</h1>
        <p>
          Shop, Billing and Support verify Cardea’s tokens by themselves. Log out, and see how soon each refuses the very token that it just took.
        </p>
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg className="header-mark" viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="7" r="3.5" />
      <path d="M16 11v7M5 26v-8h22v8M16 18v8" />
    </svg>
  );
}
