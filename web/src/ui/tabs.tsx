/** The parts of a page, each with an address of its own; `current` names the one that is shown. */
export function Tabs(given: {
  readonly label: string
  readonly current: string
  readonly parts: readonly { readonly name: string; readonly url: string; readonly label: string }[]
}) {
  return (
    <nav class="tabs" aria-label={given.label}>
      {given.parts.map(({ name, url, label }) => (
        <a
          key={name}
          class="tab"
          href={url}
          aria-current={name === given.current ? 'page' : undefined}
        >
          {label}
        </a>
      ))}
    </nav>
  )
}
