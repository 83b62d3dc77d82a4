let seq = 0

/** A message as long as Vibly's record, so that all servers send the same number of bytes. */
export function recordOf({ content, nonce }) {
  seq += 1
  return JSON.stringify({
    type: 'message',
    id: `${seq.toString(36)}-abcdefghijkl`,
    channel_id: 'channel-1',
    parent_id: null,
    thread_id: null,
    parent: null,
    content,
    user: { id: 'talker-01', username: 'talker', display_name: 'TALKER', roles: [] },
    created_at: new Date().toISOString(),
    nonce,
    seq,
    sum: '00000000',
  })
}
