import type { Faults } from './fault.ts'

/** RTMP sessions and their connections. */
export const RTMP_FAULTS = {
  'rtmp.aggregate-invalid': {
    help: 'The encoder sent an aggregate message whose parts do not fit its length. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.amf-invalid': {
    help: 'The encoder sent a command or metadata that is no valid AMF (marker {marker}). Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.amf-too-large': {
    help: 'The encoder sent a command or metadata with more than {max} {what}. Send less metadata.',
  },
  'rtmp.app-unknown': {
    help: 'There is nothing to publish to at this address: it must end in /{app}. Correct the server address in the encoder.',
  },
  'rtmp.chunk-interrupted': {
    help: 'The encoder began a message before the one on chunk stream {chunkStreamId} was whole. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.chunk-orphan': {
    help: 'The encoder started chunk stream {chunkStreamId} with a header that refers to an earlier one. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.chunk-size-invalid': {
    help: 'The encoder asked for chunks of {chunkBytes} bytes, which RTMP does not allow. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.chunk-streams-too-many': {
    help: 'The encoder used more than {max} chunk streams at once. Start the stream again with fewer tracks.',
  },
  'rtmp.command-invalid': {
    help: 'The encoder sent a command without a name. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.command-out-of-order': {
    help: 'The encoder sent a command at a point where it has no meaning. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.connection-lost': {
    help: 'The connection to the encoder broke. The encoder will try again by itself.',
  },
  'rtmp.connections-too-many': {
    help: 'There are too many RTMP connections, from this address or in all. Close some, then start the stream again.',
  },
  'rtmp.guesses-too-many': {
    help: 'Too many wrong stream keys came from this address. Wait a minute, check the stream key, then start the stream again.',
  },
  'rtmp.message-too-large': {
    help: 'The encoder sent a message of {messageBytes} bytes; at most {messageBytesMax} are taken here. Lower the bit rate or the key frame size.',
  },
  'rtmp.not-rtmp': {
    help: 'What connected does not speak RTMP (first byte {firstByte}). Use an address that starts with rtmp:// in an encoder.',
  },
  'rtmp.partials-too-large': {
    help: 'The encoder left messages unfinished that hold more than {max} bytes together. Start the stream again; if it happens again, update the encoder.',
  },
  'rtmp.peer-not-reading': {
    help: 'The encoder did not read what the server had to say. Start the stream again.',
  },
  'rtmp.peer-silent': {
    help: 'Nothing came from the encoder for {silenceMs}, not even an answer to a ping. Check its network; it will try again by itself.',
  },
  'rtmp.port-unavailable': {
    help: 'The RTMP port {port} on {host} cannot be used. Stop the program that has it, or choose another port.',
  },
  'rtmp.publish-only': {
    help: 'This server takes streams over RTMP and plays none. Watch the channel on its web page.',
  },
  'rtmp.server-closing': {
    help: 'The server is being stopped. The encoder will try again by itself.',
  },
  'rtmp.stream-key-malformed': {
    help: 'There is no valid stream key. Copy it again from the studio into the encoder.',
  },
  'rtmp.too-slow': {
    help: 'The encoder did not finish its {phase} within {limitMs}. Check its network and start the stream again.',
  },
} as const satisfies Faults
