import type { WireBroadcast, WireChannel, WireChannelCard } from '../wire.ts'
import { escapeHtml } from './escape-html.ts'
import type { PageWords } from './page-words.ts'

/**
 * The pages as plain HTML: what a visitor without script reads, and everyone sees until the script
 * is there. The classes are those of the web app, so that nothing moves when it takes over.
 */

/** @param search what was looked for; null: nothing, the page is the plain home page */
export function homeBody(
  words: PageWords,
  lists: {
    readonly channels: readonly WireChannelCard[]
    readonly recent: readonly WireBroadcast[]
    readonly search: string | null
  },
): string {
  const { channels, recent, search } = lists
  const title = search === null ? words.liveNow : words.found(search)
  const nothing = search === null ? words.nobody : words.foundNothing
  return page(
    words,
    search,
    `<div class="page"><div class="page-head"><h1>${escapeHtml(title)}</h1></div>` +
      (channels.length === 0
        ? `<p class="lead">${escapeHtml(nothing)}</p>`
        : `<ul class="grid">${channels.map((channel) => channelCard(words, channel)).join('')}</ul>`) +
      (recent.length === 0
        ? ''
        : `<section class="home-part"><h2>${words.recent}</h2><ul class="grid">` +
          `${recent.map((broadcast) => broadcastCard(words, broadcast)).join('')}</ul></section>`) +
      '</div>',
  )
}

/**
 * A channel with what it showed before; live, with a link that plays where the browser knows HLS.
 * No `<video>`: yt-dlp would take what stands in it for a video that is over, and not look at the
 * JSON-LD, which says that it is live.
 */
export function channelBody(
  words: PageWords,
  channel: WireChannel,
  recent: readonly WireBroadcast[],
): string {
  const { playlist_url: playlist } = channel
  return page(
    words,
    null,
    `<div class="page"><h1>${escapeHtml(channel.title || channel.display_name)}</h1>` +
      `<p class="lead">${escapeHtml(channel.display_name)}</p>` +
      (channel.description === '' ? '' : `<p>${escapeHtml(channel.description)}</p>`) +
      (playlist === null
        ? ''
        : `<noscript><p><a class="link" href="${escapeHtml(playlist)}">${escapeHtml(words.playlist)}</a></p></noscript>`) +
      `<noscript><p>${escapeHtml(words.script)}</p></noscript>` +
      (recent.length === 0
        ? ''
        : `<noscript><ul class="grid">${recent.map((one) => broadcastCard(words, one)).join('')}</ul></noscript>`) +
      '</div>',
  )
}

/** One broadcast: without script it can still be downloaded. */
export function broadcastBody(words: PageWords, broadcast: WireBroadcast): string {
  const { recording_url: recording } = broadcast
  const title = broadcast.title || words.untitled
  return page(
    words,
    null,
    `<div class="page"><h1>${escapeHtml(title)}</h1>` +
      `<p class="lead"><a href="/${escapeHtml(broadcast.username)}">${escapeHtml(broadcast.display_name)}</a></p>` +
      (recording === null
        ? ''
        : `<noscript><video controls preload="none" src="${escapeHtml(recording)}"></video></noscript>`) +
      '</div>',
  )
}

export function missingBody(words: PageWords): string {
  return page(
    words,
    null,
    `<div class="page"><section class="notice"><h1>${escapeHtml(words.missing)}</h1>` +
      `<p>${escapeHtml(words.missingText)}</p>` +
      `<a class="button primary" href="/">${escapeHtml(words.missingAction)}</a></section></div>`,
  )
}

function page(words: PageWords, search: string | null, main: string): string {
  return (
    '<header class="header"><div class="header-row"><a class="brand" href="/"><span>Vibly</span></a>' +
    '<search class="search"><form action="/"><input type="search" name="q" maxlength="100" ' +
    `value="${escapeHtml(search ?? '')}" aria-label="${words.search}" placeholder="${words.search}">` +
    `</form></search></div></header><main id="main">${main}</main>`
  )
}

function channelCard(words: PageWords, channel: WireChannelCard): string {
  // 0 may also mean that nobody was counted yet.
  const viewers = channel.viewers > 0 ? ` · ${words.viewers(channel.viewers)}` : ''
  return card(
    `/${channel.username}`,
    { picture: channel.thumb_url, badge: channel.live ? words.live : null },
    channel.title || (channel.live ? words.untitled : channel.display_name),
    channel.display_name + viewers,
  )
}

function broadcastCard(words: PageWords, broadcast: WireBroadcast): string {
  return card(
    `/${broadcast.username}/${broadcast.id}`,
    { picture: broadcast.thumb_url, badge: null },
    broadcast.title || words.untitled,
    broadcast.display_name,
  )
}

function card(
  path: string,
  look: { readonly picture: string | null; readonly badge: string | null },
  title: string,
  meta: string,
): string {
  const { picture, badge } = look
  const image =
    picture === null ? '' : `<img src="${escapeHtml(picture)}" alt="" width="640" height="360">`
  return (
    `<li><a class="card" href="${escapeHtml(path)}"><span class="card-picture">` +
    `<span class="thumbnail">${image}</span>` +
    `${badge === null ? '' : `<span class="badge live">${badge}</span>`}</span>` +
    `<span class="card-text"><span class="card-words"><strong class="card-title">${escapeHtml(title)}</strong>` +
    `<span class="card-meta">${escapeHtml(meta)}</span></span></span></a></li>`
  )
}
