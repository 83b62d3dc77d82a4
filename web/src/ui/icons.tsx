import type { ComponentChildren } from 'preact'

/** Drawn on a grid of 24, in the colour of the text; silent, since the control around it has a name. */
export function Icon(given: { readonly children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {given.children}
    </svg>
  )
}

export const PlayIcon = () => (
  <Icon>
    <path
      class="solid"
      d="M8 5.2v13.6a.8.8 0 0 0 1.2.7l10.6-6.8a.8.8 0 0 0 0-1.4L9.2 4.5a.8.8 0 0 0-1.2.7Z"
    />
  </Icon>
)

export const PauseIcon = () => (
  <Icon>
    <path class="solid" d="M7 4.5h3v15H7zM14 4.5h3v15h-3z" />
  </Icon>
)

export const SoundIcon = () => (
  <Icon>
    <path class="solid" d="M4 9.5v5h3.2l4.3 3.6V5.9L7.2 9.5Z" />
    <path d="M15 9a4.2 4.2 0 0 1 0 6M17.8 6.4a8 8 0 0 1 0 11.2" />
  </Icon>
)

export const MutedIcon = () => (
  <Icon>
    <path class="solid" d="M4 9.5v5h3.2l4.3 3.6V5.9L7.2 9.5Z" />
    <path d="m15.5 9.7 4.6 4.6M20.1 9.7l-4.6 4.6" />
  </Icon>
)

export const QualityIcon = () => (
  <Icon>
    <path d="M4 7h8M18 7h2M4 17h2M12 17h8" />
    <circle cx="15" cy="7" r="2.6" />
    <circle cx="9" cy="17" r="2.6" />
  </Icon>
)

export const PipIcon = () => (
  <Icon>
    <rect x="3.5" y="5" width="17" height="14" rx="2" />
    <rect class="solid" x="11.5" y="11.5" width="6.5" height="5" rx="1" />
  </Icon>
)

export const FullscreenIcon = () => (
  <Icon>
    <path d="M9 4.5H4.5V9M15 4.5h4.5V9M9 19.5H4.5V15M15 19.5h4.5V15" />
  </Icon>
)

export const ExitFullscreenIcon = () => (
  <Icon>
    <path d="M4.5 9H9V4.5M19.5 9H15V4.5M4.5 15H9v4.5M19.5 15H15v4.5" />
  </Icon>
)

export const PeopleIcon = () => (
  <Icon>
    <circle cx="12" cy="8" r="3.6" />
    <path d="M4.8 19.5a7.4 7.4 0 0 1 14.4 0" />
  </Icon>
)

export const AntennaIcon = () => (
  <Icon>
    <circle class="solid" cx="12" cy="12" r="2" />
    <path d="M8.2 15.8a5.4 5.4 0 0 1 0-7.6M15.8 8.2a5.4 5.4 0 0 1 0 7.6M5.3 18.7a9.5 9.5 0 0 1 0-13.4M18.7 5.3a9.5 9.5 0 0 1 0 13.4" />
  </Icon>
)

export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.5 4.6 4.5L19 7.5" />
  </Icon>
)

export const CopyIcon = () => (
  <Icon>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2" />
    <path d="M15.5 8.5v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2" />
  </Icon>
)

export const CloseIcon = () => (
  <Icon>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
)

/** Vibly's mark: one stroke that is a V and a wave, and the red light of a camera. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect class="logo-tile" width="32" height="32" rx="9" />
    <path class="logo-stroke" d="M8 10.5 13.4 21a2.9 2.9 0 0 0 5.2 0L21 16.2" />
    <circle class="logo-light" cx="23.6" cy="10.2" r="2.7" />
  </svg>
)
