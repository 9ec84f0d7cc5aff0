/** The connection over which a system hears who was logged out. */
export function Feed({ isWhole, isUp }: { isWhole: boolean; isUp: boolean }) {
  return (
    <div className="feed" data-whole={isWhole} data-up={isUp}>
      <svg viewBox="0 0 16 32" aria-hidden="true">
        {isWhole ? <path className="feed-line" d="M8 0v32" /> : <path className="feed-line" d="M8 0v11M8 21v11M3 13l10 6M3 18l10 -6" />}
        {isWhole && isUp && <circle className="feed-pulse" cx="8" cy="0" r="2.5" />}
      </svg>
      <span>{wordsOf(isWhole, isUp)}</span>
    </div>
  );
}

function wordsOf(isWhole: boolean, isUp: boolean): string {
  if (!isWhole) return 'feed cut';
  return isUp ? 'hears the feed' : 'hears nothing';
}
