/** The mark of the product and the name beside it. */

export function BrandMark() {
  return (
    <svg className="brand__mark" viewBox="0 0 32 32" aria-hidden="true">
      <path fill="currentColor" d="M9 0h14a9 9 0 0 1 9 9v14a9 9 0 0 1-9 9H0V9a9 9 0 0 1 9-9z" />
      <path fill="none" stroke="#fff" strokeWidth="4" strokeLinecap="round" d="M16 9.5v13M9.5 16h13" />
    </svg>
  );
}

export function Brand({ name, note }: { readonly name: string; readonly note: string }) {
  return (
    <div className="brand">
      <BrandMark />
      <div className="brand__text">
        <div className="brand__name">{name}</div>
        <div className="brand__note">{note}</div>
      </div>
    </div>
  );
}
