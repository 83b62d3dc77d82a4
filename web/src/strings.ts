import { translated } from './language.ts'

/**
 * Every sentence the pages show, in one place, so that another language is another such file: see
 * `german/`, which the compiler holds to the same keys. Those of the studio, of signing in and of
 * moderating are in files beside it: who only watches loads none.
 */
const english = {
  brand: 'Vibly',
  nav: {
    label: 'Main',
    skip: 'Skip to content',
    home: 'Vibly, home',
    goLive: 'Go live',
    studio: 'Studio',
    loadingStudio: 'Loading your studio',
    signIn: 'Sign in',
    signOut: 'Sign out',
    search: 'Search',
    searchHint: 'Channels, titles',
    menu: 'Your menu',
    guestMenu: 'Settings',
    channel: 'Your channel',
    admin: 'Administration',
    colours: 'Colours',
    theme: (theme: 'system' | 'light' | 'dark') =>
      ({ system: 'System', light: 'Light', dark: 'Dark' })[theme],
    language: 'Language',
  },
  home: {
    title: 'Live now',
    documentTitle: 'Vibly',
    count: (channels: number) => (channels === 1 ? '1 channel' : `${channels} channels`),
    live: 'Live',
    viewers: (count: string) => (count === '1' ? '1 viewer' : `${count} viewers`),
    uptime: (clock: string) => `for ${clock}`,
    untitled: 'Untitled broadcast',
    emptyTitle: 'Nobody is live right now',
    emptyText: 'Be the first: open the studio, put your stream key into OBS and start streaming.',
    emptyAction: 'Open the studio',
    emptyNote: 'This page looks again every few seconds.',
    loading: 'Loading channels',
    failedTitle: 'The server does not answer',
    failedText: 'We keep trying. The list comes back by itself.',
  },
  watch: {
    documentTitle: (name: string) => `${name} · Vibly`,
    live: 'Live',
    offline: 'Offline',
    interrupted: 'Reconnecting…',
    missingTitle: 'There is no such channel',
    missingText: (name: string) => `Nobody here is called “${name}”.`,
    missingAction: 'See who is live',
    loading: 'Loading the channel',
    failedTitle: 'The server does not answer',
    failedText: 'We keep trying. The page comes back by itself.',
    loadFailed: 'The player could not be loaded.',
    reload: 'Reload the page',
  },
  chat: {
    of: (name: string) => `Chat of ${name}`,
    title: 'Chat',
    log: 'Chat messages',
    loading: 'Loading the chat',
    empty: 'Nothing said yet. Be the first.',
    popOut: 'Open the chat in its own window',
    close: 'Close',
    loadingOlder: 'Loading older messages…',
    toLatest: 'Back to the latest',
    announcement: 'Announcement:',
    silenced: 'You may not write here at the moment',
    modes: (is: {
      readonly slow_mode_s: number
      readonly followers_only: boolean
      readonly emotes_only: boolean
    }): readonly string[] => [
      ...(is.slow_mode_s > 0 ? [`Slow mode: ${is.slow_mode_s} s`] : []),
      ...(is.followers_only ? ['Followers only'] : []),
      ...(is.emotes_only ? ['Emotes only'] : []),
    ],
    newMessages: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
    role: (role: string) =>
      ({ owner: 'Host', admin: 'Admin', moderator: 'Mod', bot: 'Bot' })[role] ?? null,
    replyTo: (name: string) => `Reply to ${name}`,
    more: (name: string) => `More about the message of ${name}`,
    deleted: 'message deleted',
    openThread: 'Open the thread',
    placeholder: 'Say something',
    message: 'Your message',
    left: 'Characters left:',
    emoji: 'Emoji',
    send: 'Send',
    replyingTo: 'Replying to',
    cancelReply: 'Do not reply',
    dismiss: 'Dismiss',
    undo: 'Undo',
    follow: 'Follow',
    undone: 'Done: they can write again.',
    again: (clock: string) => `Again in ${clock}.`,
    waiting: (count: number) =>
      count === 1
        ? '1 message waits for the connection.'
        : `${count} messages wait for the connection.`,
    signIn: 'Sign in to chat',
    reconnecting: 'Reconnecting to the chat…',
    refused: 'The chat refused this connection.',
    notRecovered: 'You were away for long: some messages in between are not shown.',
    retry: 'Try again',
    settings: 'Chat settings',
  },
  player: {
    label: (name: string) => `Live video of ${name}`,
    controls: 'Player controls',
    play: 'Play',
    pause: 'Pause',
    mute: 'Mute',
    unmute: 'Unmute',
    volume: 'Volume',
    seek: 'Seek',
    seekValue: (clock: string) => `${clock} behind live`,
    live: 'Live',
    atLive: 'Playing live',
    goLive: 'Go to live',
    behind: (clock: string) => `−${clock}`,
    behindShort: (seconds: string) => `${seconds} s`,
    quality: 'Quality',
    auto: 'Auto',
    autoNow: (name: string) => `Auto (${name})`,
    pip: 'Picture in picture',
    fullscreen: 'Full screen',
    exitFullscreen: 'Leave full screen',
    tapForSound: 'Tap for sound',
    loading: 'Loading the stream',
    waiting: 'Waiting for the stream',
    offlineTitle: (name: string) => `${name} is offline`,
    offlineText: 'Stay here: the video starts by itself.',
    endedTitle: 'The broadcast has ended',
    endedText: (name: string) => `If ${name} comes back, the video starts by itself.`,
    errorTitle: 'The video cannot be played',
    errorText: 'Playback stopped and did not recover.',
    unsupportedText: 'This browser can play neither Media Source nor HLS video.',
    retry: 'Try again',
  },
  faults: {
    /** Sentences for codes of the server, which speaks English; others are shown as it says them. */
    byCode: {} as Readonly<Record<string, string>>,
    unreachable: 'The server cannot be reached. Check your connection and try again.',
    failed: 'The server could not do that. Try again in a moment.',
  },
  missing: {
    title: 'This page does not exist',
    text: 'The address may be misspelt.',
    action: 'Go to the home page',
  },
}

export type Text = typeof english

/** Read it when something is drawn, never while a module loads: only then the language is known. */
export let text: Text = english

/** To be called once, after `loadLanguage` and before anything is drawn. */
export function speakLanguage(): void {
  text = translated('text', english)
}
