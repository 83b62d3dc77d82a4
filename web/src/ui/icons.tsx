import {
  Check,
  Copy,
  Download,
  Heart,
  type IconNode,
  Link,
  LogOut,
  Maximize,
  MessageSquare,
  Minimize,
  Monitor,
  Moon,
  Pause,
  PictureInPicture2,
  Play,
  Radio,
  RectangleHorizontal,
  RefreshCw,
  Search,
  SearchX,
  Settings,
  Shield,
  Sun,
  TriangleAlert,
  User,
  Users,
  Volume2,
  VolumeX,
  WifiOff,
  X,
} from 'lucide'
import { type ComponentChildren, createElement } from 'preact'

/**
 * Drawn on a grid of 24, in the colour of the text; silent, since the control around it has a name.
 */
export function Icon(given: {
  readonly children: ComponentChildren
  /** Filled and not only outlined. */
  readonly isSolid?: boolean
}) {
  const className = given.isSolid === true ? 'icon solid' : 'icon'
  return (
    <svg class={className} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {given.children}
    </svg>
  )
}

/** A component that draws an icon of the Lucide set. @__NO_SIDE_EFFECTS__ */
export function drawn(node: IconNode, look: { readonly isSolid?: boolean } = {}) {
  return () => (
    <Icon {...look}>{node.map(([tag, attributes]) => createElement(tag, attributes))}</Icon>
  )
}

export const AdminIcon = drawn(Shield)
export const AntennaIcon = drawn(Radio)
export const ChatIcon = drawn(MessageSquare)
export const CheckIcon = drawn(Check)
export const CloseIcon = drawn(X)
export const CopyIcon = drawn(Copy)
export const DarkIcon = drawn(Moon)
export const DownloadIcon = drawn(Download)
export const ExitFullscreenIcon = drawn(Minimize)
export const FollowIcon = drawn(Heart)
export const FollowedIcon = drawn(Heart, { isSolid: true })
export const FullscreenIcon = drawn(Maximize)
export const LightIcon = drawn(Sun)
export const LinkIcon = drawn(Link)
export const LostIcon = drawn(WifiOff)
export const MutedIcon = drawn(VolumeX)
export const NothingIcon = drawn(SearchX)
export const PauseIcon = drawn(Pause, { isSolid: true })
export const PeopleIcon = drawn(Users)
export const PersonIcon = drawn(User)
export const PipIcon = drawn(PictureInPicture2)
export const PlayIcon = drawn(Play, { isSolid: true })
export const QualityIcon = drawn(Settings)
export const ReloadIcon = drawn(RefreshCw)
export const SearchIcon = drawn(Search)
export const SignOutIcon = drawn(LogOut)
export const SoundIcon = drawn(Volume2)
export const SystemIcon = drawn(Monitor)
export const WarningIcon = drawn(TriangleAlert)
export const TheatreIcon = drawn(RectangleHorizontal)

/** Vibly's mark: one stroke that is a V and a wave, and the red light of a camera. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect class="logo-tile" width="32" height="32" rx="9" />
    <path class="logo-stroke" d="M8 10.5 13.4 21a2.9 2.9 0 0 0 5.2 0L21 16.2" />
    <circle class="logo-light" cx="23.6" cy="10.2" r="2.7" />
  </svg>
)
