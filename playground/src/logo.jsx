// The name, beside the hinge that its goddess keeps. The same drawing as favicon.svg.

export function Logo() {
  return (
    <span className="cardea-logo">
      <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
        <path className="cardea-leaf" fillRule="evenodd" d="M12 6H5a3 3 0 0 0-3 3v14a3 3 0 0 0 3 3h7zM7 9.5a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6zm0 9.4a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z" />
        <path className="cardea-leaf" fillRule="evenodd" d="M20 6h7a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-7zm5 3.5a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zm0 9.4a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z" />
        <path d="M13.5 3h5v8h-5zm0 9.5h5v7h-5zm0 8.5h5v8h-5z" />
      </svg>
      Cardea
    </span>
  );
}
