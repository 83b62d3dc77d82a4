import { useSignal } from '@preact/signals'
import { formatDateTime } from '../format.ts'
import { studioText } from '../strings-studio.ts'
import { FaultLine } from '../ui/fault-line.tsx'
import { messageOf } from '../ui/faults.ts'
import { Field } from '../ui/field.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { faultIn, useSaving } from '../ui/use-saving.ts'
import { type AccessToken, SCOPES, studioApi } from './studio-api.ts'

const words = studioText.account

/** Tokens for programs: made here, shown once, revoked here. */
export function AccessTokens() {
  const { state, reload } = useLoaded('tokens', studioApi.tokens)
  const made = useSignal<string | null>(null)
  const tokens = state.value.phase === 'ready' ? state.value.value : []
  return (
    <section class="panel" aria-labelledby="tokens-title">
      <h2 id="tokens-title">{words.tokensTitle}</h2>
      <p class="lead">{words.tokensLead}</p>
      <FaultLine fault={state.value.phase === 'failed' ? messageOf(state.value.error) : null} />
      {made.value !== null && (
        <ShownOnce
          words={words.tokenOnce}
          value={made.value}
          label={words.tokenLabel}
          copyLabel={words.tokenCopy}
        />
      )}
      {state.value.phase === 'ready' && tokens.length === 0 && (
        <p class="note">{words.tokensNone}</p>
      )}
      <ul class="rows">
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} onRevoked={reload} />
        ))}
      </ul>
      <TokenForm
        onMade={async (token) => {
          made.value = token
          await reload()
        }}
      />
    </section>
  )
}

function TokenRow(given: { readonly token: AccessToken; readonly onRevoked: () => Promise<void> }) {
  const { token, onRevoked } = given
  const { saving, save } = useSaving()
  return (
    <li class="row">
      <div class="row-words">
        <strong>{token.name}</strong>
        <p class="note">
          {token.scopes.map(sayScope).join(', ')} ·{' '}
          {words.created(formatDateTime(token.created_at))}
        </p>
        <FaultLine fault={faultIn(saving.value)} />
      </div>
      <button
        type="button"
        class="button quiet"
        aria-label={words.tokenRevoke(token.name)}
        onClick={async () => {
          await save(async () => {
            await studioApi.revokeToken(token.id)
            await onRevoked()
          })
        }}
      >
        {words.revoke}
      </button>
    </li>
  )
}

function TokenForm({ onMade }: { readonly onMade: (token: string) => Promise<void> }) {
  const name = useSignal('')
  const scopes = useSignal<readonly string[]>(['chat:read', 'chat:write'])
  const { saving, save } = useSaving()
  return (
    <form
      class="form"
      onSubmit={async (event) => {
        event.preventDefault()
        await save(async () => {
          const { token } = await studioApi.createToken(name.value.trim(), scopes.value)
          name.value = ''
          await onMade(token)
        })
      }}
    >
      <Field
        label={words.tokenName}
        name="token_name"
        autocomplete="off"
        isRequired
        lengthMax={50}
        value={name.value}
        onInput={(value) => {
          name.value = value
        }}
      />
      <fieldset class="choices">
        <legend>{words.tokenScopes}</legend>
        {SCOPES.map((scope) => (
          <label key={scope} class="check">
            <input
              type="checkbox"
              checked={scopes.value.includes(scope)}
              onChange={(event) => {
                const others = scopes.value.filter((one) => one !== scope)
                scopes.value = event.currentTarget.checked ? [...others, scope] : others
              }}
            />
            {words.scopes[scope]}
          </label>
        ))}
      </fieldset>
      <FaultLine fault={faultIn(saving.value)} />
      <button
        type="submit"
        class="button primary"
        disabled={scopes.value.length === 0}
        aria-disabled={saving.value.phase === 'saving'}
      >
        {words.tokenAdd}
      </button>
    </form>
  )
}

function sayScope(name: string): string {
  const known = SCOPES.find((scope) => scope === name)
  return known === undefined ? name : words.scopes[known]
}
