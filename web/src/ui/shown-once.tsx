import { CopyButton } from './copy-button.tsx'

/** Something that is shown this once: to be copied and kept, or handed over. */
export function ShownOnce(given: {
  readonly words: string
  readonly value: string
  /** What `value` is. */
  readonly label: string
  readonly copyLabel: string
}) {
  const { value } = given
  return (
    <div class="form-done" role="status">
      <p>{given.words}</p>
      <div class="field-row">
        <input class="mono" value={value} readOnly aria-label={given.label} />
        <CopyButton label={given.copyLabel} read={async () => value} />
      </div>
    </div>
  )
}
