import { currentQuery } from '../navigation.ts'

/** Which of a page's parts its address names by `?tab=`; the first where it names none. */
export function currentTab<Part extends string>(parts: readonly [Part, ...Part[]]): Part {
  const asked = currentQuery('tab')
  return parts.find((name) => name === asked) ?? parts[0]
}

/** The parts of a page, each with an address of its own; `current` names the one that is shown. */
export function Tabs<Part extends string>(given: {
  readonly label: string
  readonly path: string
  readonly parts: readonly [Part, ...Part[]]
  readonly current: Part
  readonly labels: Readonly<Record<Part, string>>
}) {
  const { path, parts } = given
  return (
    <nav class="tabs" aria-label={given.label}>
      {parts.map((name) => (
        <a
          key={name}
          class="tab"
          href={name === parts[0] ? path : `${path}?tab=${name}`}
          aria-current={name === given.current ? 'page' : undefined}
        >
          {given.labels[name]}
        </a>
      ))}
    </nav>
  )
}
