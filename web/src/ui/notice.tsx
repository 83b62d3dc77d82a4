import type { ComponentChildren } from 'preact'

/** A page or panel that has nothing to show: says why, and what to do. */
export function Notice(given: {
  readonly title: string
  readonly body?: string
  readonly art?: ComponentChildren
  readonly children?: ComponentChildren
}) {
  return (
    <section class="notice">
      {given.art}
      <h1>{given.title}</h1>
      {given.body !== undefined && <p>{given.body}</p>}
      {given.children}
    </section>
  )
}

/** Something is on its way; `label` says what to those who do not see it turn. */
export function Spinner(given: { readonly label: string }) {
  return (
    <div class="spinner-box" role="status">
      <span class="spinner" />
      <span class="visually-hidden">{given.label}</span>
    </div>
  )
}
