import type { Converted } from '../../yaml/collections.ts'
import { text } from '../../yaml/scalars.ts'

const pattern = /^\S.*$/u

/** What a waiting caller hears. */
export const soundShape = {
  music: text('a source of sound', 'local_stream://moh', pattern)
    .meta({
      description:
        'what a waiting caller hears: any source of FreeSWITCH’s `playback`, or `silence` for nothing at all',
    })
    .prefault('local_stream://moh'),
  ringback: text('a source of sound', "'tone_stream://%(1000,4000,425);loops=-1'", pattern)
    .meta({
      description:
        'what the caller hears while an agent’s phone rings (`transfer_ringback`), or `silence`; default: the music',
    })
    .optional(),
}

export interface QueueSound {
  /** What a waiting caller hears; undefined is silence. */
  readonly music: string | undefined
  /** What the caller hears while an agent's phone rings; undefined leaves it to the switch. */
  readonly ringback: string | undefined
}

export function buildSound({ music, ringback }: Converted<typeof soundShape>): QueueSound {
  return { music: soundOf(music), ringback: soundOf(ringback ?? music) }
}

/** `silence` plays nothing at all, which is not the same as playing a silent source. */
function soundOf(source: string): string | undefined {
  return source === 'silence' ? undefined : source
}
