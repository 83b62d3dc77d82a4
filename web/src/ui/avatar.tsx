import { hueOf, initialsOf } from '../format.ts'

/** Initials on the colour of a name; a decoration beside the name itself. */
export function Avatar(given: { readonly name: string }) {
  return (
    <span class="avatar" style={{ '--hue': hueOf(given.name) }} aria-hidden="true">
      {initialsOf(given.name)}
    </span>
  )
}
