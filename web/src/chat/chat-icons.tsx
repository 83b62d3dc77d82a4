import { Icon } from '../ui/icons.tsx'

export const ReplyIcon = () => (
  <Icon>
    <path d="M10 6 4.5 11.5 10 17M5 11.5h8.5a6 6 0 0 1 6 6v1" />
  </Icon>
)

export const MoreIcon = () => (
  <Icon>
    <path d="M5 12h.01M12 12h.01M19 12h.01" />
  </Icon>
)

export const SmileIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14.2a4.4 4.4 0 0 0 7 0M9 9.8h.01M15 9.8h.01" />
  </Icon>
)

export const SendIcon = () => (
  <Icon>
    <path d="M4.5 12 4 5l16.5 7L4 19l.5-7Zm0 0H12" />
  </Icon>
)

export const PopOutIcon = () => (
  <Icon>
    <path d="M13.5 4.5h6v6M19.5 4.5l-8 8M10 5.5H6a1.5 1.5 0 0 0-1.5 1.5v11A1.5 1.5 0 0 0 6 19.5h11a1.5 1.5 0 0 0 1.5-1.5v-4" />
  </Icon>
)

export const TuneIcon = () => (
  <Icon>
    <path d="M4 8h9M18 8h2M4 16h2M11 16h9" />
    <circle cx="15.5" cy="8" r="2.4" />
    <circle cx="8.5" cy="16" r="2.4" />
  </Icon>
)
