/**
 * What a fault means to the one it concerns: HTTP status, WebSocket close code, and the sentence.
 */
interface Fault {
  /** HTTP status when a request ends by it; null when no request can. */
  readonly http: number | null
  /**
   * WebSocket close code when a socket ends by it (RFC 6455 §7.4.2); null when none can. 4000-4499
   * mean "do not come back as you are", 4500 and up "come back later".
   */
  readonly ws: number | null
  /** What happened, to what, what to do. `{name}` stands for the fact of that name. */
  readonly help: string
}

/**
 * Every fault Vibly reports, by code `module.fault`. docs/ERRORS.md is held equal to this table.
 */
const FAULTS = {
  'accounts.busy': {
    http: 503,
    ws: null,
    help: 'Too many people are signing in at this moment. Try again in a few seconds.',
  },
  'accounts.disabled': {
    http: 403,
    ws: 4003,
    help: 'This account has been disabled. Ask whoever runs this server.',
  },
  'accounts.display-name-invalid': {
    http: 400,
    ws: null,
    help: 'A display name has 1 to {charactersMax} characters. Choose another one.',
  },
  'accounts.email-invalid': {
    http: 400,
    ws: null,
    help: 'This is not an email address. Check it and try again.',
  },
  'accounts.email-taken': {
    http: 409,
    ws: null,
    help: 'An account with this email address exists already. Sign in instead.',
  },
  'accounts.invite-needed': {
    http: 403,
    ws: null,
    help: 'This server takes new accounts by invitation. Ask whoever runs it for a link.',
  },
  'accounts.not-found': {
    http: 404,
    ws: null,
    help: 'There is no such account. Check the name or the id.',
  },
  'accounts.password-common': {
    http: 400,
    ws: null,
    help: 'This password is one of the first that others would try. Choose one that is harder to guess.',
  },
  'accounts.password-length': {
    http: 400,
    ws: null,
    help: 'A password has {charactersMin} to {charactersMax} characters. Choose one that fits.',
  },
  'accounts.password-wrong': {
    http: 403,
    ws: null,
    help: 'The current password is not right. Nothing was changed; type it again.',
  },
  'accounts.registration-closed': {
    http: 403,
    ws: null,
    help: 'This server takes no new accounts. Ask whoever runs it to make one for you.',
  },
  'accounts.own-account': {
    http: 409,
    ws: null,
    help: 'You cannot disable your own account or give up your own rights. Ask another administrator to do it.',
  },
  'accounts.settings-too-large': {
    http: 400,
    ws: null,
    help: 'The settings of a channel take at most {bytesMax} bytes. Remove some of them.',
  },
  'accounts.sign-in-refused': {
    http: 401,
    ws: null,
    help: 'The email address or the password is not right. Type both again.',
  },
  'accounts.text-too-long': {
    http: 400,
    ws: null,
    help: 'The {field} has at most {charactersMax} characters. Shorten it.',
  },
  'accounts.ticket-invalid': {
    http: 403,
    ws: null,
    help: 'This link is not valid, has been used up or is too old. Ask whoever gave it to you for another.',
  },
  'accounts.ticket-missing': {
    http: 404,
    ws: null,
    help: 'There is no such invitation. It may be revoked or used up already.',
  },
  'accounts.tickets-full': {
    http: 409,
    ws: null,
    help: 'There are {countMax} invitations and links already. Revoke some first.',
  },
  'accounts.too-many-attempts': {
    http: 429,
    ws: 4029,
    help: 'Too many attempts. Wait {retryAfterMs} ms and try again.',
  },
  'accounts.unauthenticated': {
    http: 401,
    ws: 4003,
    help: 'You are not signed in, or no longer. Sign in and try again.',
  },
  'accounts.username-invalid': {
    http: 400,
    ws: null,
    help: 'A username has 3 to 25 letters a-z, digits and underscores, and some are reserved. Choose another one.',
  },
  'accounts.username-taken': {
    http: 409,
    ws: null,
    help: 'Somebody else has this username. Choose another one.',
  },
  'base.bug': {
    http: 500,
    ws: 4500,
    help: 'Vibly made a mistake of its own. Try again; if it stays, report it with the request id.',
  },
  'blobs.full': {
    http: 507,
    ws: null,
    help: 'The disk is full: {key} was not stored. Make room on the server.',
  },
  'blobs.key-invalid': {
    http: 404,
    ws: null,
    help: 'There is nothing at this address.',
  },
  'blobs.range-unsatisfiable': {
    http: 416,
    ws: null,
    help: 'The part asked for lies behind the end: there are only {bytes} bytes.',
  },
  'blobs.unwritable': {
    http: 503,
    ws: null,
    help: '{key} could not be stored ({reason}). Look at the disk and the rights of the data folder.',
  },
  'bytes.out-of-range': {
    http: null,
    ws: null,
    help: 'The data ended in the middle of a field.',
  },
  'chat.account-too-new': {
    http: 403,
    ws: null,
    help: 'This channel lets accounts speak that are older than yours. Try again later.',
  },
  'chat.banned': {
    http: 403,
    ws: null,
    help: 'You were banned from this chat. You can read on; ask the owner of the channel if you think this is a mistake.',
  },
  'chat.channel-missing': {
    http: 404,
    ws: 4004,
    help: 'There is no such channel. Check its address.',
  },
  'chat.content-invalid': {
    http: 400,
    ws: null,
    help: 'A message has 1 to {charactersMax} characters that can be seen. Write something, or less.',
  },
  'chat.emotes-only': {
    http: 403,
    ws: null,
    help: 'This chat takes only emotes at the moment.',
  },
  'chat.followers-only': {
    http: 403,
    ws: null,
    help: 'Only followers speak in this chat. Follow the channel, and wait if it asks for some time.',
  },
  'chat.emote-invalid': {
    http: 400,
    ws: null,
    help: 'This cannot be an emote: {reason}.',
  },
  'chat.emote-missing': {
    http: 404,
    ws: null,
    help: 'This channel has no emote of that name.',
  },
  'chat.emotes-full': {
    http: 409,
    ws: null,
    help: 'A channel has at most {countMax} emotes. Remove one first.',
  },
  'chat.follows-full': {
    http: 409,
    ws: null,
    help: 'You follow {countMax} channels, the most there can be. Leave one first.',
  },
  'chat.frame-invalid': {
    http: 400,
    ws: null,
    help: 'The chat does not understand this: {field} is missing or has a wrong value.',
  },
  'chat.held': {
    http: 403,
    ws: null,
    help: 'Your message waits for a moderator. Nothing else is needed; it appears if they let it.',
  },
  'chat.links-off': {
    http: 403,
    ws: null,
    help: 'Links are switched off in this chat. Send the message without one.',
  },
  'chat.message-missing': {
    http: 404,
    ws: null,
    help: 'There is no such message any more. Perhaps it was deleted.',
  },
  'chat.not-json': {
    http: 400,
    ws: 4001,
    help: 'The chat takes text frames with one JSON object each. Reload the page, or correct the program.',
  },
  'chat.not-moderator': {
    http: 403,
    ws: null,
    help: 'Only moderators of this channel may do that.',
  },
  'chat.not-signed-in': {
    http: 401,
    ws: null,
    help: 'You can read without an account, but not write. Sign in, then connect again.',
  },
  'chat.not-unique': {
    http: 403,
    ws: null,
    help: 'Somebody said exactly that just now, and this chat takes each message once. Say it differently.',
  },
  'chat.parent-missing': {
    http: 404,
    ws: null,
    help: 'The message you reply to is not there any more. Send yours without a reply.',
  },
  'chat.place-invalid': {
    http: 400,
    ws: 4001,
    help: 'The address of this chat gives {name} twice, or not as it should. Connect again with it once, or without it.',
  },
  'chat.rate-limited': {
    http: 429,
    ws: null,
    help: 'You are sending faster than this chat takes. Wait a moment.',
  },
  'chat.repeated': {
    http: 429,
    ws: null,
    help: 'You have said that several times already. Wait a moment, or say something else.',
  },
  'chat.restarting': {
    http: 503,
    ws: 1012,
    help: 'The server is restarting. Your client comes back by itself in a few seconds.',
  },
  'chat.rules-full': {
    http: 409,
    ws: null,
    help: 'This channel has {countMax} of these, the most there can be. Remove some first.',
  },
  'chat.scope-missing': {
    http: 403,
    ws: null,
    help: 'The token of this bot does not allow that. Make one with the scope it needs.',
  },
  'chat.server-busy': {
    http: 503,
    ws: 4503,
    help: 'Too many chat connections are being opened at this moment. Your client comes back by itself.',
  },
  'chat.server-full': {
    http: 503,
    ws: 4503,
    help: 'This server holds as many chat connections as it can. Your client comes back by itself.',
  },
  'chat.signed-out': {
    http: 401,
    ws: 4401,
    help: 'You were signed out. Sign in again to go on writing.',
  },
  'chat.slow-consumer': {
    http: null,
    ws: 4008,
    help: 'Your connection takes messages slower than they are written. Connect again; what was missed is sent then.',
  },
  'chat.slow-mode': {
    http: 403,
    ws: null,
    help: 'Slow mode is on: one message in {seconds} seconds. Wait a moment.',
  },
  'chat.target-protected': {
    http: 403,
    ws: null,
    help: 'This person cannot be banned by you: owners, administrators and other moderators are out of reach.',
  },
  'chat.timed-out': {
    http: 403,
    ws: null,
    help: 'You may not write for another {seconds} seconds.',
  },
  'chat.token-missing': {
    http: 404,
    ws: null,
    help: 'You have no token with this id. Perhaps it was revoked already.',
  },
  'chat.tokens-full': {
    http: 409,
    ws: null,
    help: 'You have {countMax} tokens, the most there can be. Revoke one first.',
  },
  'chat.too-many-frames': {
    http: 429,
    ws: 4029,
    help: 'Too many commands at once. Connect again, and send fewer.',
  },
  'chat.too-many-sockets': {
    http: 429,
    ws: 4029,
    help: 'Too many chat connections are open from here. Close some first.',
  },
  'chat.user-missing': {
    http: 404,
    ws: null,
    help: 'There is no such person on this server.',
  },
  'chat.word-blocked': {
    http: 403,
    ws: null,
    help: 'This chat does not take a word in your message. Say it differently.',
  },
  'check.not-a-playlist': {
    http: null,
    ws: null,
    help: 'What is at {url} is no HLS playlist. Give the address of a multivariant or media playlist (.m3u8).',
  },
  'check.unreachable': {
    http: null,
    ws: null,
    help: 'Nothing can be checked at {url}: {reason}. See that the address is right and the broadcast is live.',
  },
  'command.close-late': {
    http: null,
    ws: null,
    help: 'Vibly could not close everything within its time and ended all the same. Look for what hung in the log above.',
  },
  'command.invalid': {
    http: null,
    ws: null,
    help: 'The command cannot be understood: {reason}. Add --help to see what there is.',
  },
  'command.unknown': {
    http: null,
    ws: null,
    help: 'There is no command "{command}". "npm run vibly -- --help" lists them.',
  },
  'config.invalid': {
    http: null,
    ws: null,
    help: 'These settings cannot be used: {faults}',
  },
  'data-dir.locked': {
    http: null,
    ws: null,
    help: 'Another Vibly (process {pid}) uses the data folder {dir}. Stop it, or give this one a folder of its own; if no Vibly runs, remove {file}.',
  },
  'data-dir.secret-damaged': {
    http: null,
    ws: null,
    help: '{file} does not hold a secret that Vibly made. Put the right one back from a backup; without it no stream key can be shown again.',
  },
  'data-dir.secret-weak': {
    http: null,
    ws: null,
    help: 'The secret that was given is too easy to guess. Give at least {charactersMin} random characters, for example from `openssl rand -hex 32`, or none at all: Vibly then makes one.',
  },
  'data-dir.unusable': {
    http: null,
    ws: null,
    help: 'The data folder {dir} cannot be used ({reason}). It must be a folder that Vibly may write to.',
  },
  'demo.ended': {
    http: null,
    ws: null,
    help: 'The FFmpeg of the demo channel ended with {exitCode}: {lastWords}',
  },
  'hls.format-changed': {
    http: null,
    ws: null,
    help: 'The picture changed from {before} to {after} in the middle of the broadcast. It goes on with a fresh FFmpeg.',
  },
  'hls.key-frames-too-far': {
    http: null,
    ws: null,
    help: 'Nothing to cut at (a key frame, or sound) came for {elapsedMs} ms, so no segment could end in time. The broadcast starts a fresh FFmpeg; set the key-frame interval of the encoder to 2 s.',
  },
  'hls.playlist-invalid': {
    http: null,
    ws: null,
    help: 'The stored playlist of rendition {rendition} cannot be read. Its segments are still on disk.',
  },
  'hls.reload-invalid': {
    http: 400,
    ws: null,
    help: 'The address of the playlist has a {directive} that cannot be read. Ask with whole numbers, each once, and with _HLS_part only beside _HLS_msn.',
  },
  'hls.reload-too-far': {
    http: 400,
    ws: null,
    help: 'The playlist was asked for a segment or part too far in the future. Ask for the next one.',
  },
  'hls.reload-too-late': {
    http: 503,
    ws: null,
    help: 'The segment or part that the player waits for did not come in time. Ask again.',
  },
  'hls.renditions-apart': {
    http: null,
    ws: null,
    help: 'Rendition {rendition} is {apartMs} ms apart from the others, so viewers could not switch to it. The broadcast starts a fresh FFmpeg.',
  },
  'hls.segment-too-large': {
    http: null,
    ws: null,
    help: 'A segment has grown larger than {bytesMax} bytes. Lower the bit rate of the encoder.',
  },
  'hls.timestamps-fell': {
    http: null,
    ws: null,
    help: 'The timestamps that came out of FFmpeg fell by {fellMs} ms. The broadcast starts a fresh FFmpeg.',
  },
  'http.bad-request': {
    http: 400,
    ws: null,
    help: 'The request cannot be read as HTTP with a JSON body. Correct it; the same again will fail again.',
  },
  'http.body-too-large': {
    http: 413,
    ws: null,
    help: 'The body is larger than {bytesMax} bytes. Send less.',
  },
  'http.forbidden': {
    http: 403,
    ws: null,
    help: 'This belongs to someone else. Sign in as its owner.',
  },
  'http.foreign-origin': {
    http: 403,
    ws: null,
    help: 'A page of another site asked for this change, so it was refused. Use the page of this server.',
  },
  'http.headers-too-large': {
    http: 431,
    ws: null,
    help: 'The headers of the request are too large. Send fewer or smaller ones, cookies first.',
  },
  'http.invalid': {
    http: 400,
    ws: null,
    help: 'These fields cannot be taken: {faults}',
  },
  'http.media-type': {
    http: 415,
    ws: null,
    help: 'The body must be JSON, with the header Content-Type: application/json.',
  },
  'http.method-not-allowed': {
    http: 405,
    ws: null,
    help: 'There is something at this address, but not for {method}. Use one of: {allow}',
  },
  'http.not-found': {
    http: 404,
    ws: null,
    help: 'There is nothing at this address.',
  },
  'http.not-ready': {
    http: 503,
    ws: null,
    help: 'The server is not ready: {faults}',
  },
  'http.port-unavailable': {
    http: null,
    ws: null,
    help: 'HTTP cannot listen on {host}:{port} ({reason}). Stop what uses it, or set another port.',
  },
  'http.rate-limited': {
    http: 429,
    ws: null,
    help: 'Too many requests came from your address. Wait {retryAfterMs} ms and try again.',
  },
  'http.timeout': {
    http: 408,
    ws: null,
    help: 'The request took too long to arrive. Send it again, without pauses.',
  },
  'live.bit-rate-too-high': {
    http: null,
    ws: null,
    help: 'Your encoder sends more than the {kbpsMax} kbit/s that this server allows. Lower its bit rate and start again.',
  },
  'live.broadcast-not-found': {
    http: 404,
    ws: null,
    help: 'There is no such broadcast. It may have been deleted.',
  },
  'live.channel-not-found': {
    http: 404,
    ws: 4004,
    help: 'There is no such channel. Check the name.',
  },
  'live.codec-unsupported': {
    http: null,
    ws: null,
    help: 'This server cannot take {codec}. Set your encoder to H.264 video and AAC audio.',
  },
  'live.disk-full': {
    http: 507,
    ws: 4500,
    help: "The disk of the server is full, so no broadcast can begin. Your encoder may try again; the server's owner has to make room.",
  },
  'live.disk-low': {
    http: null,
    ws: null,
    help: 'The disk of the server is nearly full, so nothing is recorded. It goes on by itself when there is room.',
  },
  'live.encoder-failed': {
    http: null,
    ws: null,
    help: 'The broadcast was ended because its encoder failed {failures} times within a minute: {reason}',
  },
  'live.ended-by-owner': {
    http: null,
    ws: null,
    help: 'The broadcast was ended from the studio.',
  },
  'live.key-rotated': {
    http: null,
    ws: null,
    help: 'The stream key was changed. Copy the new one from the studio to your encoder.',
  },
  'live.media-missing': {
    http: null,
    ws: null,
    help: 'The file {key} of a broadcast is gone from the media folder.',
  },
  'live.no-key-frame': {
    http: null,
    ws: null,
    help: 'No key frame came in {seconds} s, so nothing can be shown. Set the key-frame interval of your encoder to 2 s.',
  },
  'live.publisher-idle': {
    http: null,
    ws: 4500,
    help: 'No sound or picture came for {idleMsMax} ms, so the connection counts as lost. Start your encoder again.',
  },
  'live.record-lost': {
    http: null,
    ws: null,
    help: 'Nothing in the folder of the broadcast {broadcast} tells whose it is. It is left as it is; put its broadcast.json back from a backup.',
  },
  'live.recording-differs': {
    http: null,
    ws: null,
    help: 'The finished recording lasts {foundMs} ms (picture {hasVideo}, sound {hasAudio}), but {recordedMs} ms were recorded. What was recorded is kept; it is tried again after the next start of the server.',
  },
  'live.recording-dropped': {
    http: null,
    ws: null,
    help: 'The recording was not finished, since its broadcast is being deleted.',
  },
  'live.recording-too-slow': {
    http: null,
    ws: null,
    help: 'The disk is too slow to record this broadcast: more than {bytesMax} bytes waited for it. The recording pauses and the broadcast goes on; use a faster disk.',
  },
  'live.server-stopping': {
    http: null,
    ws: 4500,
    help: 'The server is being restarted. Your encoder can connect again in a moment.',
  },
  'live.source-unsteady': {
    http: null,
    ws: null,
    help: 'Your encoder changed its picture or sound settings more than {perMinuteMax} times a minute. Keep them as they are and start again.',
  },
  'live.stalled': {
    http: null,
    ws: 4500,
    help: 'The server could not keep up with your stream for {stallMsMax} ms. Lower the resolution or bit rate, or free the server.',
  },
  'live.stream-key-unknown': {
    http: null,
    ws: null,
    help: 'The stream key was not accepted. Copy it again from the studio to your encoder.',
  },
  'live.stopped-by-admin': {
    http: null,
    ws: null,
    help: 'The broadcast was ended by an administrator of this server.',
  },
  'live.takeovers-too-many': {
    http: 429,
    ws: null,
    help: 'Two encoders are fighting over this stream key. Stop one of them, then try again in a moment.',
  },
  'live.taken-over': {
    http: null,
    ws: null,
    help: 'Another encoder connected with the same stream key and took over.',
  },
  'log.busy': {
    http: 503,
    ws: null,
    help: 'More messages wait for the disk than this server holds. Nothing was stored; send it again.',
  },
  'log.closed': {
    http: 503,
    ws: null,
    help: 'The server is stopping. Nothing was stored; send it again in a few seconds.',
  },
  'log.damaged': {
    http: 500,
    ws: null,
    help: '{bytes} bytes of {path} are damaged. What is whole is kept and served; restore the rest from a backup if you need it.',
  },
  'log.read-failed': {
    http: 503,
    ws: 4503,
    help: 'The stored messages cannot be read at this moment. Try again; the administrator finds the reason in the log.',
  },
  'log.read-only': {
    http: 503,
    ws: null,
    help: 'This channel can be read but not written: its file could not be synced to disk. Nothing was stored; the server repairs it as soon as the disk works.',
  },
  'log.record-too-large': {
    http: 413,
    ws: null,
    help: 'This message is too large to be stored. Shorten it.',
  },
  'log.topic-invalid': {
    http: 404,
    ws: 4004,
    help: 'There is no such channel. Check its address.',
  },
  'log.write-failed': {
    http: 507,
    ws: null,
    help: 'The disk did not take this. Nothing was stored; send it again, and tell the administrator if it stays.',
  },
  'media.aac-invalid': {
    http: null,
    ws: null,
    help: 'The AAC sound cannot be read: its {field} ({value}) is impossible. Check the audio settings of the encoder.',
  },
  'media.av1-invalid': {
    http: null,
    ws: null,
    help: 'The AV1 picture cannot be read: its {field} ({value}) is impossible. Check the video settings of the encoder.',
  },
  'media.codec-unknown': {
    http: null,
    ws: null,
    help: 'This {kind} codec ({codec}) is not one that Vibly can take. Set the encoder to H.264 and AAC.',
  },
  'media.h264-invalid': {
    http: null,
    ws: null,
    help: 'The H.264 picture cannot be read: its {field} ({value}) is impossible. Check the video settings of the encoder.',
  },
  'media.hdr-unsupported': {
    http: null,
    ws: null,
    help: 'The {codec} picture is HDR (transfer {transfer}), and Vibly shows standard range. Set the colours of the encoder to Rec. 709.',
  },
  'media.hevc-invalid': {
    http: null,
    ws: null,
    help: 'The HEVC picture cannot be read: its {field} ({value}) is impossible. Check the video settings of the encoder.',
  },
  'media.multitrack-unsupported': {
    http: null,
    ws: null,
    help: 'The encoder sends several tracks of one kind, and Vibly takes one. Turn off multitrack (enhanced broadcasting) in the encoder.',
  },
  'media.payload-invalid': {
    http: null,
    ws: null,
    help: 'A media packet of type {packetType} is not one that FLV or Enhanced RTMP knows. Update the encoder or choose another.',
  },
  'media.ts-invalid': {
    http: null,
    ws: null,
    help: 'What came out of FFmpeg is no valid MPEG-TS: its {field} is missing or wrong. The broadcast starts a fresh FFmpeg.',
  },
  'media.ts-unit-too-large': {
    http: null,
    ws: null,
    help: 'One picture that came out of FFmpeg is larger than {bytesMax} bytes. Lower the bit rate of the encoder.',
  },
  'records.busy': {
    http: 503,
    ws: 4503,
    help: 'Too much is being saved at this moment. Try again in a few seconds.',
  },
  'records.closed': {
    http: 503,
    ws: 4503,
    help: 'The server is stopping and saves nothing more. Try again in a moment.',
  },
  'records.damaged': {
    http: null,
    ws: null,
    help: '{file} cannot be used: {reason}. Nothing in it was changed. Mend it, or copy {backup} over it if that one is whole, then start again.',
  },
  'records.disk-full': {
    http: 507,
    ws: 4507,
    help: 'The disk is full: nothing was saved. Make room on the server and try again.',
  },
  'records.duplicate': {
    http: 409,
    ws: null,
    help: 'There is a record with this {index} already.',
  },
  'records.uncertain': {
    http: 503,
    ws: 4503,
    help: '{file} was saved, but the disk does not promise to keep it ({reason}). Look at the disk, then make the change again.',
  },
  'records.unwritable': {
    http: 503,
    ws: 4503,
    help: '{file} could not be saved ({reason}). Nothing was changed; look at the disk and the rights of the data folder.',
  },
  'records.version-unknown': {
    http: null,
    ws: null,
    help: '{file} has version {version}; this Vibly reads {versionMax} at most. Start the newer Vibly that wrote it; nothing was changed.',
  },
  'rtmp.aggregate-invalid': {
    http: null,
    ws: null,
    help: 'The encoder sent an aggregate message whose parts do not fit its length. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.amf-invalid': {
    http: null,
    ws: null,
    help: 'The encoder sent a command or metadata that is no valid AMF (marker {marker}). Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.amf-too-large': {
    http: null,
    ws: null,
    help: 'The encoder sent a command or metadata with more than {max} {what}. Send less metadata.',
  },
  'rtmp.app-unknown': {
    http: null,
    ws: null,
    help: 'There is nothing to publish to at this address: it must end in /{app}. Correct the server address in the encoder.',
  },
  'rtmp.chunk-interrupted': {
    http: null,
    ws: null,
    help: 'The encoder began a message before the one on chunk stream {chunkStreamId} was whole. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.chunk-orphan': {
    http: null,
    ws: null,
    help: 'The encoder started chunk stream {chunkStreamId} with a header that refers to an earlier one. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.chunk-size-invalid': {
    http: null,
    ws: null,
    help: 'The encoder asked for chunks of {chunkBytes} bytes, which RTMP does not allow. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.chunk-streams-too-many': {
    http: null,
    ws: null,
    help: 'The encoder used more than {max} chunk streams at once. Start the stream again with fewer tracks.',
  },
  'rtmp.command-invalid': {
    http: null,
    ws: null,
    help: 'The encoder sent a command without a name. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.command-out-of-order': {
    http: null,
    ws: null,
    help: 'The encoder sent a command at a point where it has no meaning. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.connection-lost': {
    http: null,
    ws: null,
    help: 'The connection to the encoder broke. The encoder will try again by itself.',
  },
  'rtmp.connections-too-many': {
    http: null,
    ws: null,
    help: 'There are too many RTMP connections, from this address or in all. Close some, then start the stream again.',
  },
  'rtmp.guesses-too-many': {
    http: null,
    ws: null,
    help: 'Too many wrong stream keys came from this address. Wait a minute, check the stream key, then start the stream again.',
  },
  'rtmp.message-too-large': {
    http: null,
    ws: null,
    help: 'The encoder sent a message of {messageBytes} bytes; at most {messageBytesMax} are taken here. Lower the bit rate or the key frame size.',
  },
  'rtmp.not-rtmp': {
    http: null,
    ws: null,
    help: 'What connected does not speak RTMP (first byte {firstByte}). Use an address that starts with rtmp:// in an encoder.',
  },
  'rtmp.partials-too-large': {
    http: null,
    ws: null,
    help: 'The encoder left messages unfinished that hold more than {max} bytes together. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.peer-not-reading': {
    http: null,
    ws: null,
    help: 'The encoder did not read what the server had to say. Start the stream again.',
  },
  'rtmp.peer-silent': {
    http: null,
    ws: null,
    help: 'Nothing came from the encoder for {silenceMs} ms, not even an answer to a ping. Check its network; it will try again by itself.',
  },
  'rtmp.port-unavailable': {
    http: null,
    ws: null,
    help: 'The RTMP port {port} on {host} cannot be used. Stop the program that has it, or choose another port.',
  },
  'rtmp.publish-only': {
    http: null,
    ws: null,
    help: 'This server takes streams over RTMP and plays none. Watch the channel on its web page.',
  },
  'rtmp.server-closing': {
    http: null,
    ws: null,
    help: 'The server is being stopped. The encoder will try again by itself.',
  },
  'rtmp.stream-key-malformed': {
    http: null,
    ws: null,
    help: 'There is no valid stream key. Copy it again from the studio into the encoder.',
  },
  'rtmp.too-slow': {
    http: null,
    ws: null,
    help: 'The encoder did not finish its {phase} within {limitMs} ms. Check its network and start the stream again.',
  },
  'transcode.died': {
    http: null,
    ws: null,
    help: 'The encoder process ended by itself (exit {exitCode}, signal {signal}). It is started again; if that does not help, its last words are: {lastWords}',
  },
  'transcode.ffmpeg-incomplete': {
    http: null,
    ws: null,
    help: 'The FFmpeg at {path} lacks {missing}. Install a complete one: {command}',
  },
  'transcode.ffmpeg-missing': {
    http: null,
    ws: null,
    help: 'FFmpeg was not found ({tried}). Install it: {command}',
  },
  'transcode.ffmpeg-silent': {
    http: null,
    ws: null,
    help: 'FFmpeg at {path} was ended before it could say what it can; it has {seconds} s for that. The machine may be overloaded: start again.',
  },
  'transcode.ffmpeg-too-old': {
    http: null,
    ws: null,
    help: 'The FFmpeg at {path} is version {version}, Vibly needs {wanted} or later. Install a newer one: {command}',
  },
  'transcode.gave-way': {
    http: null,
    ws: null,
    help: 'The place of an encoder process was needed for a broadcast. The work that had it is done again later.',
  },
  'transcode.no-capacity': {
    http: 503,
    ws: null,
    help: 'All {slotsMax} places for broadcasts on this server are taken. Try again when another broadcast has ended.',
  },
  'transcode.no-media': {
    http: null,
    ws: null,
    help: 'The encoder sends neither video nor audio. Check its sources and start again.',
  },
  'transcode.output-missing': {
    http: null,
    ws: null,
    help: 'The encoder process ended without an error, but rendition {rendition} got no data. Its last words are: {lastWords}',
  },
  'transcode.picture-too-large': {
    http: null,
    ws: null,
    help: 'The video is {width} x {height}, more than the {pixelsMax} pixels this server takes. Lower the output resolution of the encoder.',
  },
  'transcode.pictures-failed': {
    http: null,
    ws: null,
    help: 'The pictures of a broadcast could not be made ({found} of {given} from {taken} key frames): {reason}. It can be watched without them.',
  },
  'transcode.remux-failed': {
    http: null,
    ws: null,
    help: 'A recording could not be made into an MP4 (exit {exitCode}, signal {signal}): {lastWords}. Look at the free space of the data folder; it is tried again after the next start of the server.',
  },
  'transcode.remux-late': {
    http: null,
    ws: null,
    help: 'A recording was not made into an MP4 within {seconds} s and was stopped. Look at the speed of the disk; it is tried again after the next start of the server.',
  },
  'transcode.stalled': {
    http: null,
    ws: null,
    help: 'Output {output} of the encoder process made no progress for {silentMs} ms (it waits for {waitingFor}). The process is replaced; if that happens often, the server is overloaded.',
  },
  'transcode.start-failed': {
    http: null,
    ws: null,
    help: 'The encoder process {path} could not be started. Look at the free memory and the number of processes of the server.',
  },
  'transcode.thumbnail-broken': {
    http: null,
    ws: null,
    help: 'The thumbnails of the encoder process cannot be read ({reason}). The process is replaced.',
  },
} as const satisfies Record<string, Fault>

export type FaultCode = keyof typeof FAULTS

/** Plain data about one fault, for logs and sentences. Never keys, passwords or tokens. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>

/**
 * The one error class: something a peer or caller did wrong, or the world failed. Bugs are
 * `assert`.
 * `message` is the sentence of the table with the facts filled in.
 */
export class ViblyError extends Error {
  readonly code: FaultCode
  readonly facts: Facts

  constructor(code: FaultCode, facts: Facts = {}, cause?: unknown) {
    super(sentenceOf(code, facts), cause === undefined ? undefined : { cause })
    this.name = 'ViblyError'
    this.code = code
    this.facts = facts
  }
}

/** The table's row of a code: status, close code and the sentence with its placeholders. */
export function faultOf(code: FaultCode): Fault {
  return FAULTS[code]
}

/** All codes in the order of the table, for the documentation and its test. */
export function faultCodes(): readonly FaultCode[] {
  return Object.keys(FAULTS).filter((code): code is FaultCode => code in FAULTS)
}

/**
 * Any thrown value as a `ViblyError`; what is none already is a bug of ours and keeps its cause.
 */
export function asViblyError(thrown: unknown): ViblyError {
  return thrown instanceof ViblyError ? thrown : new ViblyError('base.bug', {}, thrown)
}

/** Ends a `switch` over a union: reaching it is a bug, and the compiler proves that none does. */
export function assertNever(value: never): never {
  throw new ViblyError('base.bug', { value: String(value) })
}

function sentenceOf(code: FaultCode, facts: Facts): string {
  return FAULTS[code].help.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '?'))
}
