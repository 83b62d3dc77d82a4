import { z } from 'zod'
import { TEXT_FORMS } from '../accounts/index.ts'
import { CURSOR_PATTERN } from './api/cursor.ts'

/**
 * What goes over HTTP, as schemas: validation, types and OpenAPI come from them. The web app
 * imports the types only. Names on the wire are snake_case; times ISO 8601 UTC. (CONTRACT section
 * 4)
 *
 * Lengths here only keep nonsense out early; what makes a good name or title is for accounts to
 * say, in sentences of its own. What it says is in the description too, by `meta`.
 */

const time = z.string().describe('ISO 8601, UTC')

export const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    username: z.string(),
    display_name: z.string(),
    role: z.enum(['user', 'admin']),
    created_at: time,
  })
  .meta({ id: 'User' })
export type WireUser = z.infer<typeof userSchema>

export const signInSchema = z
  .object({
    token: z.string().describe('access token, for Authorization: Bearer'),
    expires_at: time,
    user: userSchema,
    stream_key: z.string(),
  })
  .meta({ id: 'SignIn' })
export type WireSignIn = z.infer<typeof signInSchema>

export const streamKeySchema = z.object({ stream_key: z.string() }).meta({ id: 'StreamKey' })
export type WireStreamKey = z.infer<typeof streamKeySchema>

export const serverSchema = z
  .object({
    rtmp_url: z.string().describe('what an encoder takes as its server address'),
    registration: z.enum(['open', 'invite', 'closed']).describe('who may sign up'),
  })
  .meta({ id: 'Server' })
export type WireServer = z.infer<typeof serverSchema>

const channelCard = z.object({
  id: z.string(),
  username: z.string(),
  display_name: z.string(),
  title: z.string(),
  live: z.boolean().describe('live or interrupted: there is a playlist'),
  broadcast_id: z.string().nullable(),
  viewers: z.int(),
  started_at: time.nullable(),
  thumb_url: z.string().nullable(),
})
const channelCardSchema = channelCard.meta({ id: 'ChannelCard' })
export type WireChannelCard = z.infer<typeof channelCardSchema>

/**
 * How the chat is set, as far as everyone may know. Names that are not here stay inside the server.
 */
export const chatSettingsSchema = z
  .object({
    slow_mode_s: z.int().describe('seconds between two messages of one user, 3 to 120; 0: off'),
    followers_only: z.boolean(),
    followers_only_s: z.int(),
    account_age_s: z.int(),
    unique_messages: z.boolean(),
    emotes_only: z.boolean(),
    links_off: z.boolean(),
  })
  .partial()
  .meta({ id: 'ChatSettings' })

export const channelSchema = channelCard
  .extend({
    description: z.string(),
    settings: chatSettingsSchema,
    playlist_url: z.string().nullable(),
  })
  .meta({ id: 'Channel' })
export type WireChannel = z.infer<typeof channelSchema>

export const channelListSchema = z
  .object({ channels: z.array(channelCardSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'ChannelList' })
export type WireChannelList = z.infer<typeof channelListSchema>

const visibility = z
  .enum(['public', 'unlisted', 'private'])
  .describe('who may see it: everyone; whoever has its address; its owner and admins')

export const broadcastSchema = z
  .object({
    id: z.string(),
    channel_id: z.string(),
    username: z.string().describe("its channel's, for links: /{username}/{id}"),
    display_name: z.string(),
    title: z.string(),
    visibility,
    status: z.enum(['live', 'interrupted', 'ended', 'failed']),
    started_at: time,
    ended_at: time.nullable().describe('null while it is live or interrupted'),
    duration_s: z.number().describe('of what can be watched'),
    renditions: z.array(
      z.object({
        name: z.string(),
        width: z.int().nullable(),
        height: z.int().nullable(),
        frame_rate: z.number().nullable(),
        bandwidth: z.int().describe('bits per second, peak'),
        codecs: z.string(),
        copy: z.boolean().describe('the source itself, not encoded anew'),
      }),
    ),
    playlist_url: z.string(),
    recording_url: z
      .string()
      .nullable()
      .describe('MP4 of the source, once it is finished; with ?download=1 as a file to save'),
    thumb_url: z.string().nullable().describe('live: the newest picture; over: a good one'),
    storyboard_url: z
      .string()
      .nullable()
      .describe('WebVTT of small pictures for the seek bar, some time after the end'),
  })
  .meta({ id: 'Broadcast' })
export type WireBroadcast = z.infer<typeof broadcastSchema>

export const broadcastListSchema = z
  .object({ broadcasts: z.array(broadcastSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'BroadcastList' })
export type WireBroadcastList = z.infer<typeof broadcastListSchema>

/** CONTRACT section 5; offline it has the same fields, with nothing in them. */
export const healthSchema = z
  .object({
    status: z.enum(['live', 'interrupted', 'offline']),
    ingest_kbps: z.number().describe('1000 bit/s as they arrive, over the last 5 s'),
    frame_rate: z.number().nullable().describe('pictures a second as they arrive'),
    keyframe_interval_s: z.number().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    codecs: z.string().nullable().describe('RFC 6381, of the source'),
    dropped_frames: z.int().describe('left out by the encoder since the broadcast began'),
    late_ms: z.int().describe('how much later than at its best the media arrives'),
    renditions: z.array(
      z.object({
        name: z.string(),
        copy: z.boolean(),
        kbps: z.number(),
        frame_rate: z.number().nullable(),
        behind_ms: z.int().describe('made later than it arrived'),
        speed: z.number().nullable().describe('media made a second: 1 keeps up'),
      }),
    ),
    warnings: z.array(z.string()).describe('codes of docs/ERRORS.md, Warnings'),
  })
  .meta({ id: 'Health' })
export type WireHealth = z.infer<typeof healthSchema>

export const errorSchema = z
  .object({
    error: z.object({ code: z.string(), message: z.string(), request_id: z.string() }),
  })
  .meta({ id: 'Error' })
export type WireError = z.infer<typeof errorSchema>

const { email: emailForm, username: usernameForm, displayName: displayNameForm } = TEXT_FORMS
const email = z.string().min(1).max(320)
/** To be set; what is only compared has no form. */
const newEmail = email.meta(emailForm)
const password = z.string().min(1).max(1024)
const newPassword = password.meta(TEXT_FORMS.password)
const displayName = z.string().min(1).max(200).meta(displayNameForm)
const title = z.string().max(1000).meta(TEXT_FORMS.title)

export const registerSchema = z.object({
  email: newEmail,
  username: z.string().min(1).max(64).meta(usernameForm),
  password: newPassword,
  display_name: displayName.optional(),
  invite: z.string().max(200).optional().describe('where one signs up by invitation'),
})
export type WireRegister = z.infer<typeof registerSchema>

export const loginSchema = z.object({ email, password })

export const channelChangeSchema = z.object({
  title: title.optional(),
  description: z.string().max(10_000).meta(TEXT_FORMS.description).optional(),
  settings: chatSettingsSchema.optional(),
})

export const broadcastChangeSchema = z.object({
  title: title.optional(),
  visibility: visibility.optional(),
})

/**
 * A whole number in a query, in plain digits: 0x10, 1e1 and +1 are refused. As a schema it is the
 * number.
 */
export function queryNumber(range: { readonly min: number; readonly max: number }) {
  const read = (given: unknown): unknown =>
    typeof given === 'string' && /^\d{1,16}$/.test(given) ? Number(given) : given
  return z.preprocess(read, z.int('not a number in plain digits').min(range.min).max(range.max))
}

/** Paging: `cursor` is what the page before gave as `next_cursor`. */
export const pageSchema = z.object({
  limit: queryNumber({ min: 1, max: 100 }).prefault(50),
  cursor: z.string().regex(CURSOR_PATTERN, 'not one that a list gave').optional(),
})

export const broadcastQuerySchema = pageSchema.extend({
  show: z
    .enum(['public', 'all'])
    .default('public')
    .describe('all: unlisted and private ones too, for the owner'),
})

export const channelQuerySchema = pageSchema.extend({
  live: z.enum(['true', 'false']).optional(),
  q: z
    .string()
    .max(100)
    .optional()
    .describe('words to be found in names and titles; best first, one page'),
})

export const meChangeSchema = z
  .object({
    display_name: displayName.optional(),
    email: newEmail.optional(),
    password: newPassword.optional(),
    current_password: password.optional().describe('needed to change email or password'),
  })
  .meta({
    not: { required: ['email', 'password'], properties: { email: {}, password: {} } },
    dependentRequired: { email: ['current_password'], password: ['current_password'] },
  })
export type WireMeChange = z.infer<typeof meChangeSchema>

const registration = z.enum(['open', 'invite', 'closed'])
export type WireRegistrationMode = z.infer<typeof registration>

export const firstAdminSchema = registerSchema.omit({ invite: true }).extend({
  token: z.string().max(200).describe('of the link that the server printed at its start'),
})

export const resetSchema = z.object({
  token: z.string().max(200).describe('of the link that an administrator gave'),
  password: newPassword,
})

/** A person as administrators see them. */
export const adminUserSchema = userSchema
  .extend({ disabled: z.boolean(), live: z.boolean() })
  .meta({ id: 'AdminUser' })
export type WireAdminUser = z.infer<typeof adminUserSchema>

export const adminUserListSchema = z
  .object({ users: z.array(adminUserSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'AdminUserList' })
export type WireAdminUserList = z.infer<typeof adminUserListSchema>

export const adminUserChangeSchema = z.object({
  role: z.enum(['user', 'admin']).optional(),
  disabled: z.boolean().optional(),
})

/** What lets somebody in; `path` is for a link to this server, and is told this once. */
export const linkSchema = z.object({ path: z.string(), expires_at: time }).meta({ id: 'Link' })

const inviteSchema = z
  .object({
    id: z.string(),
    note: z.string(),
    uses_left: z.int(),
    uses_max: z.int(),
    created_at: time,
    expires_at: time,
  })
  .meta({ id: 'Invite' })
export type WireInvite = z.infer<typeof inviteSchema>

export const inviteLinkSchema = linkSchema
  .extend({ invite: inviteSchema })
  .meta({ id: 'InviteLink' })
export type WireInviteLink = z.infer<typeof inviteLinkSchema>

export const registrationSchema = z
  .object({ registration, invites: z.array(inviteSchema) })
  .meta({ id: 'Registration' })
export type WireRegistration = z.infer<typeof registrationSchema>

export const registrationChangeSchema = z.object({ registration })

export const inviteWishSchema = z.object({
  uses: z.int().min(1).max(1000).default(1),
  days: z.int().min(1).max(365).default(7),
  note: z.string().max(100).default(''),
})

/** A broadcast that runs, as administrators see it. */
export const adminBroadcastSchema = z
  .object({
    channel_id: z.string(),
    username: z.string(),
    display_name: z.string(),
    title: z.string(),
    started_at: time.nullable().describe('null: nobody can watch it yet'),
    viewers: z.int(),
    health: healthSchema,
  })
  .meta({ id: 'AdminBroadcast' })
export type WireAdminBroadcast = z.infer<typeof adminBroadcastSchema>

export const adminServerSchema = z
  .object({
    cores: z.int(),
    cores_used: z.number().describe('by this process, without its FFmpegs, over 5 s'),
    loop_delay_ms: z.number().describe('p99 of the event loop, over 5 s'),
    memory_bytes: z.int(),
    uptime_s: z.int(),
    slots_taken: z.int(),
    slots_max: z.int(),
    broadcasts: z.int(),
    viewers: z.int(),
    limits: z.array(z.object({ name: z.string(), value: z.string(), help: z.string() })),
  })
  .meta({ id: 'AdminServer' })
export type WireAdminServer = z.infer<typeof adminServerSchema>

export const adminStorageSchema = z
  .object({
    free_bytes: z.int().nullable(),
    total_bytes: z.int().nullable(),
    channels: z.array(
      z.object({
        channel_id: z.string(),
        username: z.string(),
        bytes: z.int(),
        broadcasts: z.int(),
      }),
    ),
  })
  .meta({ id: 'AdminStorage' })
export type WireAdminStorage = z.infer<typeof adminStorageSchema>
