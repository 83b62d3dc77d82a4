import type { TargetedInputEvent } from 'preact'
import { useId } from 'preact/hooks'

type Kind = 'text' | 'email' | 'password'

/** A labelled text input with its hint and its fault, both read out with it. */
export function Field(given: {
  readonly label: string
  readonly name: string
  readonly type?: Kind
  readonly autocomplete: string
  readonly note?: string
  readonly fault?: string | null
  readonly value?: string
  readonly isRequired?: boolean
  readonly lengthMin?: number
  readonly lengthMax?: number
  readonly onInput?: (value: string) => void
}) {
  const id = useId()
  const fault = given.fault ?? null
  const note = fault ?? given.note ?? null
  const attributes = {
    id,
    name: given.name,
    autocomplete: given.autocomplete,
    autocapitalize: 'none',
    spellcheck: false,
    value: given.value,
    required: given.isRequired ?? false,
    minLength: given.lengthMin,
    maxLength: given.lengthMax,
    'aria-invalid': fault !== null,
    'aria-describedby': note === null ? undefined : `${id}-note`,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) =>
      given.onInput?.(event.currentTarget.value),
  } as const
  return (
    <div class="field" data-fault={fault === null ? undefined : ''}>
      <label for={id}>{given.label}</label>
      {inputOf(given.type ?? 'text', attributes)}
      {note !== null && (
        <p id={`${id}-note`} class="field-note" role={fault === null ? undefined : 'alert'}>
          {note}
        </p>
      )}
    </div>
  )
}

/** One element for each type, since which attributes may stand on an input depends on it. */
function inputOf(kind: Kind, attributes: object) {
  switch (kind) {
    case 'text':
      return <input {...attributes} type="text" />
    case 'email':
      return <input {...attributes} type="email" />
    case 'password':
      return <input {...attributes} type="password" />
  }
}
