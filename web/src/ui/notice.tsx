import type { ComponentChildren } from 'preact'
import { text } from '../strings.ts'
import { LostIcon } from './icons.tsx'

/** A page or panel that has nothing to show: says why, and what to do. */
export function Notice(given: {
  readonly title: string
  readonly body?: string
  /** An icon that says the same. */
  readonly art?: ComponentChildren
  readonly children?: ComponentChildren
}) {
  return (
    <section class="notice">
      {given.art !== undefined && <span class="notice-art">{given.art}</span>}
      <h1>{given.title}</h1>
      {given.body !== undefined && <p>{given.body}</p>}
      {given.children}
    </section>
  )
}

/** What was asked for cannot be had now; it is being asked for again. */
export function NotToBeHad() {
  return <Notice title={text.watch.failedTitle} body={text.watch.failedText} art={<LostIcon />} />
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
