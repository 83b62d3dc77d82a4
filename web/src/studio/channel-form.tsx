import { useSignal } from '@preact/signals'
import type { ChannelDetails } from '../api/wire.ts'
import { studioText } from '../strings-studio.ts'
import { Field } from '../ui/field.tsx'
import { faultIn, type Saving, useSaving } from '../ui/use-saving.ts'
import { studioApi } from './studio-api.ts'

const TITLE_LENGTH_MAX = 140
const DESCRIPTION_LENGTH_MAX = 2000

/** What the channel is called and what it says about itself. */
export function ChannelForm({ channel }: { readonly channel: ChannelDetails }) {
  // What is being typed is the user's: no answer of the server may overwrite it.
  const title = useSignal<string | null>(null)
  const description = useSignal<string | null>(null)
  const { saving, save } = useSaving()
  const state = saving.value
  const fault = faultIn(state)
  return (
    <form
      class="form"
      onSubmit={async (event) => {
        event.preventDefault()
        await save(() =>
          studioApi.saveChannel(channel.id, {
            title: (title.value ?? channel.title).trim(),
            description: (description.value ?? channel.description).trim(),
          }),
        )
      }}
    >
      <Field
        label={studioText.titleLabel}
        name="title"
        autocomplete="off"
        note={studioText.titleNote}
        lengthMax={TITLE_LENGTH_MAX}
        value={title.value ?? channel.title}
        fault={fault}
        onInput={(value) => {
          title.value = value
          saving.value = { phase: 'idle' }
        }}
      />
      <div class="field">
        <label for="channel-description">{studioText.descriptionLabel}</label>
        <textarea
          id="channel-description"
          rows={3}
          maxLength={DESCRIPTION_LENGTH_MAX}
          value={description.value ?? channel.description}
          aria-describedby="channel-description-note"
          onInput={(event) => {
            description.value = event.currentTarget.value
            saving.value = { phase: 'idle' }
          }}
        />
        <p id="channel-description-note" class="field-note">
          {studioText.descriptionNote}
        </p>
      </div>
      <button type="submit" class="button primary" aria-disabled={state.phase === 'saving'}>
        <span aria-live="polite">{labelOf(state)}</span>
      </button>
    </form>
  )
}

function labelOf(state: Saving): string {
  switch (state.phase) {
    case 'idle':
    case 'failed':
      return studioText.save
    case 'saving':
      return studioText.saving
    case 'saved':
      return studioText.saved
  }
}
